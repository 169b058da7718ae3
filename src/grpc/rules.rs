//! `RuleService`.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use crate::{
    fault::Fault,
    gate::{Gate, LoadError},
    proto::{
        GetRuleRequest, GetRuleResponse, ListRulesRequest, ListRulesResponse, ReloadRulesRequest, ReloadRulesResponse,
        RuleProblem, rule_service_server::RuleService,
    },
};

/// The service.
pub(super) struct Rules {
    gate: Arc<Gate>,
    /// One reload at a time.
    reloading: tokio::sync::Mutex<()>,
}

impl Rules {
    pub(super) fn new(gate: Arc<Gate>) -> Self {
        Self { gate, reloading: tokio::sync::Mutex::new(()) }
    }
}

#[tonic::async_trait]
impl RuleService for Rules {
    async fn list_rules(&self, request: Request<ListRulesRequest>) -> Result<Response<ListRulesResponse>, Status> {
        Ok(Response::new(self.gate.list_rules(request.into_inner()).await?))
    }

    async fn get_rule(&self, request: Request<GetRuleRequest>) -> Result<Response<GetRuleResponse>, Status> {
        Ok(Response::new(self.gate.get_rule(request.into_inner()).await?))
    }

    async fn reload_rules(
        &self,
        request: Request<ReloadRulesRequest>,
    ) -> Result<Response<ReloadRulesResponse>, Status> {
        let validate_only = request.into_inner().validate_only;
        let _one = self.reloading.lock().await;
        let gate = Arc::clone(&self.gate);
        // Reads files and compiles patterns: not on the threads that serve connections.
        let reload = move || if validate_only { gate.validate().map(|_| ()) } else { gate.reload().map(|_| ()) };
        let reloaded = tokio::task::spawn_blocking(reload).await.map_err(|it| Fault::internal(&it))?;
        let in_force = self.gate.in_force();
        match &reloaded {
            Ok(()) if validate_only => {}
            Ok(()) => tracing::info!(
                rules = in_force.rules.rules().len(),
                ruleset_revision = in_force.rules.revision(),
                policy_revision = in_force.policy.revision(),
                "reloaded rules and policy"
            ),
            Err(error) => tracing::warn!(problems = error.problems.len(), "reload rules; those in force stay"),
        }
        Ok(Response::new(ReloadRulesResponse {
            reloaded: reloaded.is_ok() && !validate_only,
            problems: reloaded.err().map(problems).unwrap_or_default(),
            ruleset_revision: in_force.rules.revision().to_owned(),
            policy_revision: in_force.policy.revision().to_owned(),
            rule_count: i32::try_from(in_force.rules.rules().len()).unwrap_or(i32::MAX),
        }))
    }
}

fn problems(error: LoadError) -> Vec<RuleProblem> {
    let problem = |it: crate::rule::Problem| RuleProblem { file: it.file, key: it.key, message: it.message };
    error.problems.into_iter().map(problem).collect()
}
