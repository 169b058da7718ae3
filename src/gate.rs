//! The one door: every front end checks pages through it.
//!
//! It holds the rules and the policy in force, loads them anew on demand, all or nothing, and the
//! threads that check. A check that has begun ends with the rules it began with.

mod access;
mod calls;
mod desk;
mod export;
mod filters;
mod held;
mod insight;
mod key;
mod pool;
mod recent;
mod record;
mod review;
mod rules;
mod session;

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

pub use access::{Access, AccessError, Caller, Callers, Keys};
pub use desk::ReviewSettings;
pub use key::{NewKey, RandomError};
pub use pool::{Lane, Pool, PoolError};
pub use session::SignedIn;

use desk::Desk;

use crate::{
    engine::{self, CheckResult, Explanation, Include},
    finding::Facts,
    limits, metrics,
    page::{self, Page},
    rule::{Problem, RuleSet},
    store::{Store, StoreError},
    verdict::{
        Policy,
        policy::{Profile, SourceRows},
    },
};

/// The rules and the policy in force.
#[derive(Debug)]
pub struct InForce {
    /// The rules.
    pub rules: RuleSet,
    /// The policy.
    pub policy: Policy,
}

/// Where rules and policy come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sources {
    /// Directory with rules that add to those in the binary, or replace them by id.
    pub rules_directory: Option<PathBuf>,
    /// File with a policy table in place of the one in the binary.
    pub policy_table: Option<PathBuf>,
    /// What the policy is for.
    pub profile: Profile,
    /// Rows of single sources.
    pub source_rows: Vec<SourceRows>,
}

/// Everything that is wrong with the files of rules and policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct LoadError {
    /// The problems, at least one, by file.
    pub problems: Vec<Problem>,
}

/// The door.
#[derive(Debug)]
pub struct Gate {
    in_force: RwLock<Arc<InForce>>,
    sources: Sources,
    workers: usize,
    pool: OnceLock<Pool>,
    access: Access,
    desk: Option<Arc<Desk>>,
}

impl Sources {
    /// Reads rules and policy. Every problem of every file is told.
    pub fn load(&self) -> Result<InForce, LoadError> {
        match (self.rules(), self.policy()) {
            (Ok(rules), Ok(policy)) => Ok(InForce { rules, policy }),
            (rules, policy) => {
                let problems = rules.err().into_iter().chain(policy.err()).flat_map(|it| it.problems);
                Err(LoadError { problems: problems.collect() })
            }
        }
    }

    /// Reads the rules alone.
    pub fn rules(&self) -> Result<RuleSet, LoadError> {
        let rules = match &self.rules_directory {
            Some(directory) => RuleSet::with_directory(directory),
            None => RuleSet::embedded(),
        };
        rules.map_err(|it| LoadError { problems: it.0 })
    }

    /// Reads the policy alone.
    pub fn policy(&self) -> Result<Policy, LoadError> {
        let file = self.policy_table.as_ref().map_or_else(|| "policy".to_owned(), |it| it.display().to_string());
        let error = |message| LoadError { problems: vec![Problem { file: file.clone(), key: String::new(), message }] };
        let Some(path) = &self.policy_table else {
            return Policy::new(self.profile, self.source_rows.clone()).map_err(|it| error(it.to_string()));
        };
        let bytes = fs::metadata(path).map_err(|it| error(it.to_string()))?.len();
        if bytes > limits::CONFIG_BYTES {
            return Err(error(format!("has {bytes} bytes, limit is {}", limits::CONFIG_BYTES)));
        }
        let table = fs::read_to_string(path).map_err(|it| error(it.to_string()))?;
        Policy::from_table(&table, self.profile, self.source_rows.clone()).map_err(|it| error(it.to_string()))
    }
}

impl Gate {
    /// A gate with these rules and this policy, read from nowhere: a reload loads those in the binary.
    #[must_use]
    pub fn new(rules: RuleSet, policy: Policy) -> Self {
        Self::of(InForce { rules, policy }, Sources::default())
    }

    /// A gate with the rules and the policy that its sources hold.
    pub fn open(sources: Sources) -> Result<Self, LoadError> {
        Ok(Self::of(sources.load()?, sources))
    }

    fn of(in_force: InForce, sources: Sources) -> Self {
        Self {
            in_force: RwLock::new(Arc::new(in_force)),
            sources,
            workers: 0,
            pool: OnceLock::new(),
            access: Access::Open,
            desk: None,
        }
    }

    /// Sets the number of threads that check for [`Gate::run`]; 0 is one for each core.
    #[must_use]
    pub fn with_workers(self, workers: usize) -> Self {
        Self { workers, ..self }
    }

    /// Puts a store behind the gate: pages that need a person are held in it, and decisions answer. Reads what is
    /// to be known of it, and keeps that up to date until [`Gate::close`].
    pub async fn with_store(self, store: Arc<dyn Store>, settings: ReviewSettings) -> Result<Self, StoreError> {
        Ok(Self { desk: Some(Desk::open(store, settings).await?), ..self })
    }

    /// Writes what waits to be written, and closes the store. Call it when no more pages come.
    pub async fn close(&self) {
        if let Some(desk) = &self.desk {
            desk.close().await;
        }
    }

    fn desk(&self) -> Option<&Arc<Desk>> {
        self.desk.as_ref()
    }

    /// What is known of a page of a source before it is checked.
    fn facts(&self, source: &str) -> Facts {
        self.desk.as_ref().map(|it| it.facts(source)).unwrap_or_default()
    }

    /// The rules and the policy in force.
    #[must_use]
    pub fn in_force(&self) -> Arc<InForce> {
        Arc::clone(&self.in_force.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Checks a page on this thread.
    #[must_use]
    pub fn check(&self, page: &Page, include: Include) -> CheckResult {
        let in_force = self.in_force();
        let facts = self.facts(page.source());
        engine::judge(&page::read(page), &in_force.rules, &in_force.policy, &facts, include)
    }

    /// Checks a page on this thread and tells what each rule did.
    #[must_use]
    pub fn explain(&self, page: &Page, rule_ids: &[String]) -> Explanation {
        let in_force = self.in_force();
        engine::explain(page, &in_force.rules, &in_force.policy, &self.facts(page.source()), rule_ids)
    }

    /// Runs work on the threads that check. Dropping the future drops work that has not begun.
    pub async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        lane: Lane,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, PoolError> {
        let gate = Arc::clone(self);
        self.pool().run(lane, move || work(&gate)).await
    }

    /// Runs work on a message of this many bytes: where it is, if it is one of a stream or a batch and small, else on
    /// the threads that check.
    async fn run_sized<T: Send + 'static>(
        self: &Arc<Self>,
        lane: Lane,
        bytes: usize,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, PoolError> {
        if lane == Lane::Call || bytes > limits::CHECKED_HERE_BYTES {
            return self.run(lane, work).await;
        }
        let gate = Arc::clone(self);
        self.pool().run_here(move || work(&gate)).await
    }

    /// Whether so many calls wait that a new one should be refused before its message is read.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.pool().is_busy()
    }

    fn pool(&self) -> &Pool {
        self.pool.get_or_init(|| {
            let cores = || std::thread::available_parallelism().map_or(1, usize::from);
            Pool::start(if self.workers == 0 { cores() } else { self.workers })
        })
    }

    /// Reads rules and policy from their sources again and puts them in force, all or nothing. Blocks on
    /// files and on compiling.
    pub fn reload(&self) -> Result<Arc<InForce>, LoadError> {
        let loaded = Arc::new(self.sources.load()?);
        let mut in_force = self.in_force.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *in_force, Arc::clone(&loaded));
        drop(in_force);
        for rule in before.rules.rules().iter().filter(|it| loaded.rules.get(it.id.as_str()).is_none()) {
            metrics::forget_rule(rule.id.as_str());
        }
        Ok(loaded)
    }

    /// Reads rules and policy from their sources as a reload would, and changes nothing.
    pub fn validate(&self) -> Result<InForce, LoadError> {
        self.sources.load()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reload_is_all_or_nothing_and_tells_every_problem() {
        let (rules, elsewhere) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
        let pack = rules.path().join("house");
        fs::create_dir(&pack).expect("created");
        let table = elsewhere.path().join("policy.toml");
        fs::write(&table, include_str!("verdict/policy.toml")).expect("written");
        let sources = Sources {
            rules_directory: Some(rules.path().to_owned()),
            policy_table: Some(table.clone()),
            ..Sources::default()
        };
        let gate = Gate::open(sources).expect("valid");
        let before = gate.in_force().rules.revision().to_owned();
        fs::write(pack.join("bad.toml"), "summary = 1\nkeyword = []\n").expect("written");
        fs::write(&table, "row = 7").expect("written");
        let error = gate.reload().expect_err("two bad files");
        let files: Vec<&str> = error.problems.iter().map(|it| it.file.as_str()).collect();
        assert!(files.contains(&"house/bad.toml") && files.iter().any(|it| it.ends_with("policy.toml")), "{files:?}");
        assert_eq!(gate.in_force().rules.revision(), before);
        fs::remove_file(pack.join("bad.toml")).expect("removed");
        fs::write(&table, include_str!("verdict/policy.toml")).expect("written");
        assert_eq!(gate.reload().expect("valid again").rules.revision(), before);
    }
}
