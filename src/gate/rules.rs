//! The rules in force, as front ends show them, in the messages of the API.

use super::{Gate, InForce};
use crate::{
    detect::{self, About},
    fault::Fault,
    finding::JunkKind,
    limits,
    proto::{self, GetRuleRequest, GetRuleResponse, ListRulesRequest, ListRulesResponse},
    rule::{Rule, nearest},
};

/// Rules in an answer where the caller names no number.
const DEFAULT_PAGE_SIZE: usize = 100;

impl Gate {
    /// Lists the rules and what is found by structure, by id.
    pub async fn list_rules(&self, request: ListRulesRequest) -> Result<ListRulesResponse, Fault> {
        let limit = page_size(request.page_size)?;
        let after = Token::parse(&request.page_token, request.kind)?;
        let kind = proto::junk_kind(request.kind());
        let in_force = self.in_force();
        let mut listed = listed(&in_force, kind, &after.id);
        let more = listed.len() > limit;
        listed.truncate(limit);
        let last = listed.last().map(|it| it.id().to_owned()).filter(|_| more);
        let rules: Vec<proto::Rule> = listed.into_iter().map(Listed::short).collect();
        let mut stats = self.rule_stats().await;
        let measured = |rule: proto::Rule| proto::Rule { stats: stats.remove(&rule.rule_id), ..rule };
        Ok(ListRulesResponse {
            rules: rules.into_iter().map(measured).collect(),
            next_page_token: last.map(|id| Token { kind: request.kind, id }.text()).unwrap_or_default(),
            ruleset_revision: in_force.rules.revision().to_owned(),
        })
    }

    /// Gives one rule, whole.
    pub async fn get_rule(&self, request: GetRuleRequest) -> Result<GetRuleResponse, Fault> {
        let id = request.rule_id;
        let in_force = self.in_force();
        let rule = match (in_force.rules.get(&id), detect::about().find(|it| it.id == id)) {
            (Some(rule), _) => proto::rule(rule),
            (None, Some(about)) => proto::built_in_rule(about),
            (None, None) => {
                let known: Vec<&str> = in_force.rules.rules().iter().map(|it| it.id.as_str()).collect();
                return Err(Fault::no_rule(&id, nearest(&id, &known)));
            }
        };
        let stats = self.rule_stats().await.remove(&id);
        Ok(GetRuleResponse { rule: Some(proto::Rule { stats, ..rule }) })
    }
}

/// A rule, or a thing found by structure.
enum Listed<'a> {
    Rule(&'a Rule),
    BuiltIn(&'a About),
}

impl<'a> Listed<'a> {
    fn id(&self) -> &'a str {
        match self {
            Self::Rule(rule) => rule.id.as_str(),
            Self::BuiltIn(about) => about.id,
        }
    }

    fn kind(&self) -> JunkKind {
        match self {
            Self::Rule(rule) => rule.kind,
            Self::BuiltIn(about) => about.kind,
        }
    }

    /// Without what only `GetRule` gives.
    fn short(self) -> proto::Rule {
        let rule = match self {
            Self::Rule(rule) => proto::rule(rule),
            Self::BuiltIn(about) => proto::built_in_rule(about),
        };
        proto::Rule {
            why: String::new(),
            keywords: Vec::new(),
            pattern: String::new(),
            except: Vec::new(),
            signs: Vec::new(),
            matches: Vec::new(),
            no_matches: Vec::new(),
            ..rule
        }
    }
}

/// What comes after an id, by id.
fn listed<'a>(in_force: &'a InForce, kind: Option<JunkKind>, after: &str) -> Vec<Listed<'a>> {
    let mut listed: Vec<Listed<'a>> = in_force.rules.rules().iter().map(Listed::Rule).collect();
    for about in detect::about() {
        listed.push(Listed::BuiltIn(about));
    }
    listed.retain(|it| kind.is_none_or(|kind| it.kind() == kind) && it.id() > after);
    listed.sort_by(|a, b| a.id().cmp(b.id()));
    listed
}

fn page_size(asked: i32) -> Result<usize, Fault> {
    match usize::try_from(asked) {
        Ok(0) => Ok(DEFAULT_PAGE_SIZE),
        Ok(size) => Ok(size.min(limits::LISTED_RULES)),
        Err(_) => Err(Fault::field("page_size", &format!("is {asked}, must be 0 or more"))),
    }
}

/// Where a list goes on: opaque to callers.
struct Token {
    kind: i32,
    /// Id of the last rule given; empty: the beginning.
    id: String,
}

impl Token {
    fn text(&self) -> String {
        format!("{}:{}", self.kind, self.id).bytes().map(|it| format!("{it:02x}")).collect()
    }

    fn parse(text: &str, kind: i32) -> Result<Self, Fault> {
        if text.is_empty() {
            return Ok(Self { kind, id: String::new() });
        }
        let token = Self::decode(text).ok_or_else(|| {
            Fault::field("page_token", "is no token of ours: send next_page_token as it was answered, or nothing")
        })?;
        if token.kind != kind {
            return Err(Fault::field("page_token", "is of a list of another kind"));
        }
        Ok(token)
    }

    fn decode(text: &str) -> Option<Self> {
        if text.len() > limits::PAGE_TOKEN_BYTES || !text.len().is_multiple_of(2) || !text.is_ascii() {
            return None;
        }
        let bytes: Option<Vec<u8>> =
            text.as_bytes().chunks(2).map(|it| u8::from_str_radix(std::str::from_utf8(it).ok()?, 16).ok()).collect();
        let text = String::from_utf8(bytes?).ok()?;
        let (kind, id) = text.split_once(':')?;
        Some(Self { kind: kind.parse().ok()?, id: id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_reads_back_what_it_wrote_and_refuses_the_rest() {
        let token = Token { kind: 7, id: "widget/previous-next-en".into() };
        let read = Token::parse(&token.text(), 7).expect("our own");
        assert_eq!(read.id, token.id);
        assert!(Token::parse(&token.text(), 8).is_err());
        for text in ["x", "zz", "ff", "373a6", "é"] {
            assert!(Token::parse(text, 7).is_err(), "{text}");
        }
        assert!(Token::parse(&"30".repeat(1000), 7).is_err());
    }
}
