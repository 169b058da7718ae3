//! What a key must be for, method by method. What is not listed here is no method of ours.

use crate::store::Scope;

/// The scopes of which a caller needs one. Health and reflection are open and not asked about.
pub(super) fn scopes(service: &str, method: &str) -> Option<&'static [Scope]> {
    Some(match (service, method) {
        ("CheckService", "CheckPage" | "StreamCheckPages" | "BatchCheckPages" | "ExplainPage") => &[Scope::Check],
        // What became of a page is for who sent it, too.
        ("RuleService", "ListRules" | "GetRule") | ("ReviewService", "GetReviewItem") => &[Scope::Check, Scope::Review],
        ("RuleService", "ReloadRules") | ("SourceService", "RevokeAllowance") => &[Scope::Admin],
        (
            "ReviewService",
            "ListReviewItems"
            | "ClaimReviewItem"
            | "ReleaseReviewItem"
            | "DecideReviewItem"
            | "BatchDecideReviewItems"
            | "SkipReviewItem"
            | "UndoDecision"
            | "BatchUndoDecisions"
            | "ListDecisions"
            | "ListSavedFilters"
            | "SaveFilter"
            | "DeleteSavedFilter"
            | "WatchReviewItems"
            | "ExportDecisions",
        )
        | ("SourceService", "ListSources" | "ListAllowances")
        | ("StatsService", "GetStats" | "ListRuleStats" | "GetHistory") => &[Scope::Review],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::proto;

    #[test]
    fn every_method_of_the_api_has_scopes() {
        let files = prost_types::FileDescriptorSet::decode(proto::DESCRIPTORS).expect("our own");
        let services = files.file.iter().filter(|it| it.package() == "pagegate.v1").flat_map(|it| &it.service);
        let mut count = 0;
        for service in services {
            for method in &service.method {
                count += 1;
                assert!(scopes(service.name(), method.name()).is_some(), "{}/{}", service.name(), method.name());
            }
        }
        assert!(count >= 7, "{count} methods");
        assert!(scopes("CheckService", "Nothing").is_none());
    }
}
