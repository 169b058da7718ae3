//! `pagegate review`: the queue of a running server, for a person at a terminal.

use std::{
    collections::BTreeSet,
    fs,
    io::{Write, stdout},
    path::{Component, Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use clap::{Subcommand, ValueEnum};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

use crate::{
    limits,
    proto::{
        self, BatchDecideReviewItemsRequest, ClaimReviewItemRequest, DecideReviewItemRequest, ExportDecisionsRequest,
        GetReviewItemRequest, ListReviewItemsRequest, ReviewFilter, ReviewItem, UndoDecisionRequest,
        review_service_client::ReviewServiceClient,
    },
};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Address of the server
    #[arg(long, global = true, value_name = "URL", env = "PAGEGATE_SERVER", default_value = "http://127.0.0.1:50051")]
    server: String,
    /// API key, where the server wants one
    #[arg(long, global = true, value_name = "KEY", env = "PAGEGATE_KEY", hide_env_values = true)]
    key: Option<String>,
    /// Your name, where there is no API key [default: that of the system's user]
    #[arg(long, global = true, value_name = "NAME", env = "PAGEGATE_REVIEWER")]
    reviewer: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List pages that wait, the oldest first
    List {
        #[command(flatten)]
        filter: Filter,
        /// Most to list
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// Those that are decided
        #[arg(long)]
        decided: bool,
    },
    /// Show one page with its findings; without an id the oldest that nobody has, reserved for you
    Show {
        /// Id of the item
        id: Option<String>,
        #[command(flatten)]
        filter: Filter,
        /// Print the cleaned text as well
        #[arg(long)]
        text: bool,
    },
    /// Decide a page; with --all, every page that waits and that the filter names
    Decide {
        /// What to do with it
        decision: DecisionName,
        /// Ids of the items
        #[arg(required_unless_present = "all")]
        ids: Vec<String>,
        /// All that the filter names; counts them only, unless --yes stands, too
        #[arg(long, conflicts_with = "ids")]
        all: bool,
        /// Decide what --all counts
        #[arg(long, requires = "all")]
        yes: bool,
        #[command(flatten)]
        filter: Filter,
        /// Findings that are junk as they say, by number
        #[arg(long, value_name = "N", value_delimiter = ',')]
        right: Vec<i32>,
        /// Findings that are none, by number
        #[arg(long, value_name = "N", value_delimiter = ',')]
        wrong: Vec<i32>,
        /// Finding whose rule is wrong on this source: it only notes there from now on
        #[arg(long, value_name = "N")]
        allow_rule: Vec<i32>,
        /// Finding whose text is no junk on this source
        #[arg(long, value_name = "N")]
        allow_text: Vec<i32>,
        /// Why, for others
        #[arg(long, default_value = "")]
        note: String,
        /// Only if the item is still as `show` printed it
        #[arg(long, default_value = "")]
        etag: String,
    },
    /// Take a decision back
    Undo {
        /// Id of the decision, or of the item
        id: String,
        /// Why, for others
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Write what was decided as labelled rows for `pagegate eval`
    Export {
        /// File of the rows; pages go beside it, below html/
        file: PathBuf,
    },
}

/// Which items.
#[derive(clap::Args)]
struct Filter {
    /// Of this source
    #[arg(long, default_value = "")]
    source: String,
    /// With a finding of this kind
    #[arg(long)]
    kind: Option<String>,
    /// With a finding of this rule
    #[arg(long)]
    rule: Option<String>,
    /// With a finding of that rule that quotes these words
    #[arg(long, default_value = "", requires = "rule")]
    quote: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum DecisionName {
    /// As it is
    Publish,
    /// Without the junk
    PublishCleaned,
    /// Not at all
    Discard,
}

impl From<DecisionName> for proto::Decision {
    fn from(name: DecisionName) -> Self {
        match name {
            DecisionName::Publish => Self::Publish,
            DecisionName::PublishCleaned => Self::PublishCleaned,
            DecisionName::Discard => Self::Discard,
        }
    }
}

/// Adds the API key to each call.
#[derive(Clone)]
struct WithKey(Option<MetadataValue<Ascii>>);

impl Interceptor for WithKey {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(key) = &self.0 {
            request.metadata_mut().insert("authorization", key.clone());
        }
        Ok(request)
    }
}

type Client = ReviewServiceClient<InterceptedService<Channel, WithKey>>;

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(call(arguments))?;
    Ok(ExitCode::SUCCESS)
}

async fn call(arguments: &Arguments) -> anyhow::Result<()> {
    let mut client = connect(arguments).await?;
    let reviewer = arguments.reviewer();
    match &arguments.command {
        Command::List { filter, limit, decided } => list(&mut client, filter.message(*decided)?, *limit).await,
        Command::Show { id, filter, text } => {
            let item = match id {
                Some(id) => get(&mut client, id).await?,
                None => claim(&mut client, filter.message(false)?, reviewer).await?,
            };
            show(&item, *text)
        }
        Command::Decide { all: true, .. } => decide_all(&mut client, &arguments.command, reviewer).await,
        Command::Decide { .. } => decide(&mut client, &arguments.command, reviewer).await,
        Command::Undo { id, note } => undo(&mut client, id, note, reviewer).await,
        Command::Export { file } => export(&mut client, file).await,
    }
}

async fn connect(arguments: &Arguments) -> anyhow::Result<Client> {
    let key = match &arguments.key {
        Some(key) => Some(format!("Bearer {key}").parse().context("an API key has plain characters only")?),
        None => None,
    };
    let endpoint = Endpoint::from_shared(arguments.server.clone())
        .with_context(|| format!("--server {}: must be as http://127.0.0.1:50051", arguments.server))?;
    let channel = endpoint.connect().await.with_context(|| {
        format!("connect to {}; is `pagegate serve` running there? --server names another", arguments.server)
    })?;
    Ok(ReviewServiceClient::with_interceptor(channel, WithKey(key))
        .max_decoding_message_size(limits::ANSWER_BYTES)
        .max_encoding_message_size(limits::MESSAGE_BYTES))
}

impl Arguments {
    fn reviewer(&self) -> String {
        let user = || std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).ok();
        self.reviewer.clone().or_else(user).filter(|it| !it.is_empty()).unwrap_or_else(|| "someone".into())
    }
}

impl Filter {
    fn message(&self, decided: bool) -> anyhow::Result<ReviewFilter> {
        let kinds = match &self.kind {
            Some(name) => vec![kind(name)?.into()],
            None => Vec::new(),
        };
        Ok(ReviewFilter {
            states: if decided { vec![proto::ReviewState::Decided.into()] } else { Vec::new() },
            source: self.source.clone(),
            kinds,
            rule_ids: self.rule.iter().cloned().collect(),
            quote: self.quote.clone(),
            ..ReviewFilter::default()
        })
    }
}

fn kind(name: &str) -> anyhow::Result<proto::JunkKind> {
    let full = format!("JUNK_KIND_{}", name.to_ascii_uppercase());
    proto::JunkKind::from_str_name(&full)
        .with_context(|| format!("no kind {name:?}: they stand in the first column of `pagegate rules list`"))
}

async fn list(client: &mut Client, filter: ReviewFilter, limit: usize) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    let (mut page_token, mut left, mut listed) = (String::new(), limit, 0);
    while left > 0 {
        let page_size = i32::try_from(left).unwrap_or(i32::MAX);
        let request =
            ListReviewItemsRequest { page_size, page_token, filter: Some(filter.clone()), ..Default::default() };
        let answer = client.list_review_items(request).await.map_err(|it| told(&it))?.into_inner();
        for item in &answer.review_items {
            let lead = item.lead.as_ref().map_or(String::new(), |it| format!("  {}", it.rule_id));
            let decision = decision_name(item.decision());
            writeln!(
                out,
                "{}  {}{}  {}{lead}\n    “{}”",
                item.review_item,
                date(item.create_time.as_ref()),
                if decision.is_empty() { String::new() } else { format!("  {decision}") },
                plain(&item.source),
                plain(&item.title),
            )?;
        }
        listed += answer.review_items.len();
        left = left.saturating_sub(answer.review_items.len());
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    if listed == 0 {
        writeln!(out, "nothing")?;
    } else if !page_token.is_empty() {
        writeln!(out, "and more: --limit lists them")?;
    }
    Ok(())
}

async fn get(client: &mut Client, id: &str) -> anyhow::Result<ReviewItem> {
    let request = GetReviewItemRequest { review_item: id.to_owned() };
    client
        .get_review_item(request)
        .await
        .map_err(|it| told(&it))?
        .into_inner()
        .review_item
        .context("the answer has no item")
}

async fn claim(client: &mut Client, filter: ReviewFilter, reviewer: String) -> anyhow::Result<ReviewItem> {
    let request = ClaimReviewItemRequest { filter: Some(filter), reviewer, ..ClaimReviewItemRequest::default() };
    client
        .claim_review_item(request)
        .await
        .map_err(|it| told(&it))?
        .into_inner()
        .review_item
        .context("the answer has no item")
}

fn show(item: &ReviewItem, text: bool) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{}  {}", item.review_item, item.state().as_str_name().trim_start_matches("REVIEW_STATE_"))?;
    writeln!(out, "  title    {}", plain(&item.title))?;
    writeln!(out, "  source   {}", plain(&item.source))?;
    writeln!(out, "  page     {}  {}", plain(&item.page_id), plain(&item.url))?;
    writeln!(out, "  held     {}", date(item.create_time.as_ref()))?;
    writeln!(out, "  etag     {}", item.etag)?;
    if !item.reviewer.is_empty() {
        writeln!(out, "  with     {} until {}", plain(&item.reviewer), date(item.lease_expire_time.as_ref()))?;
    }
    for it in &item.findings {
        let truth = match it.truth() {
            proto::FindingTruth::Unspecified => "",
            proto::FindingTruth::Right => "  right",
            proto::FindingTruth::Wrong => "  wrong",
        };
        writeln!(
            out,
            "  {:3} {:6} {}  confidence {:.2}{truth}\n      “{}”",
            it.finding_index,
            it.effect().as_str_name().trim_start_matches("EFFECT_").to_lowercase(),
            it.rule_id,
            it.confidence,
            plain(&it.quote)
        )?;
    }
    for it in &item.decisions {
        let what = match decision_name(it.decision()) {
            "" if it.skipped => "skipped it".to_owned(),
            "" => format!("took {} back", it.undone_decision_id),
            name => format!("decided {name} ({})", it.decision_id),
        };
        writeln!(out, "  {} {} {what} {}", date(it.create_time.as_ref()), plain(&it.reviewer), plain(&it.note))?;
    }
    if text {
        let cleaned = item.result.as_ref().and_then(|it| it.cleaned.as_ref());
        let cleaned = cleaned.context("the result is past its time")?;
        writeln!(
            out,
            "\n{}\n\n{}",
            plain(&cleaned.title),
            cleaned.text.lines().map(plain).collect::<Vec<_>>().join("\n")
        )?;
    }
    Ok(())
}

async fn decide(client: &mut Client, command: &Command, reviewer: String) -> anyhow::Result<()> {
    let Command::Decide { decision, ids, right, wrong, allow_rule, allow_text, note, etag, .. } = command else {
        bail!("not a decision");
    };
    let by_number = [right, wrong, allow_rule, allow_text].iter().any(|it| !it.is_empty()) || !etag.is_empty();
    if ids.len() > 1 && by_number {
        bail!("--right, --wrong, --allow-rule, --allow-text and --etag are of one item: name one id");
    }
    let judge = |numbers: &[i32], truth: proto::FindingTruth| {
        let judged = numbers.iter().map(move |it| proto::FindingJudgement {
            finding_index: *it,
            truth: truth.into(),
            ..proto::FindingJudgement::default()
        });
        judged.collect::<Vec<_>>()
    };
    let allow = |numbers: &[i32], scope: proto::AllowanceScope| {
        let allowed = numbers.iter().map(move |it| proto::NewAllowance { finding_index: *it, scope: scope.into() });
        allowed.collect::<Vec<_>>()
    };
    for id in ids {
        let request = DecideReviewItemRequest {
            review_item: id.clone(),
            decision: proto::Decision::from(*decision).into(),
            judgements: [judge(right, proto::FindingTruth::Right), judge(wrong, proto::FindingTruth::Wrong)].concat(),
            note: note.clone(),
            etag: etag.clone(),
            request_id: String::new(),
            reviewer: reviewer.clone(),
            allowances: [
                allow(allow_rule, proto::AllowanceScope::Rule),
                allow(allow_text, proto::AllowanceScope::Text),
            ]
            .concat(),
        };
        let answer = client.decide_review_item(request).await.map_err(|it| told(&it))?.into_inner();
        let decided = answer.decision.context("the answer has no decision")?;
        writeln!(stdout(), "{id}: {} ({})", decision_name(decided.decision()), decided.decision_id)?;
    }
    Ok(())
}

async fn decide_all(client: &mut Client, command: &Command, reviewer: String) -> anyhow::Result<()> {
    let Command::Decide { decision, filter, yes, note, .. } = command else { bail!("not a decision") };
    let request = BatchDecideReviewItemsRequest {
        filter: Some(filter.message(false)?),
        decision: proto::Decision::from(*decision).into(),
        note: note.clone(),
        preview: true,
        reviewer,
        ..BatchDecideReviewItemsRequest::default()
    };
    let counted = client.batch_decide_review_items(request.clone()).await.map_err(|it| told(&it))?.into_inner();
    let more = if counted.has_more { " or more" } else { "" };
    if !yes {
        writeln!(stdout(), "{}{more} would be decided; --yes decides them", counted.matched_count)?;
        return Ok(());
    }
    let request = BatchDecideReviewItemsRequest { preview: false, until_time: counted.until_time, ..request };
    let (mut decided, mut passed_over) = (0, BTreeSet::new());
    loop {
        let answer = client.batch_decide_review_items(request.clone()).await.map_err(|it| told(&it))?.into_inner();
        decided += answer.decided_items.len();
        passed_over.extend(answer.passed_over_items);
        if !answer.has_more || answer.decided_items.is_empty() {
            break;
        }
    }
    writeln!(stdout(), "{decided} decided, {} passed over", passed_over.len())?;
    Ok(())
}

async fn undo(client: &mut Client, id: &str, note: &str, reviewer: String) -> anyhow::Result<()> {
    let decision_id = if id.starts_with("rev_") { get(client, id).await?.decision_id } else { id.to_owned() };
    if decision_id.is_empty() {
        bail!("{id} has no decision in force");
    }
    let request = UndoDecisionRequest { decision_id, note: note.to_owned(), reviewer };
    let answer = client.undo_decision(request).await.map_err(|it| told(&it))?.into_inner();
    let item = answer.review_item.context("the answer has no item")?;
    let state = item.state().as_str_name().trim_start_matches("REVIEW_STATE_").to_lowercase();
    writeln!(stdout(), "{}: {state}", item.review_item)?;
    Ok(())
}

async fn export(client: &mut Client, file: &Path) -> anyhow::Result<()> {
    let directory = file.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut rows = fs::File::create(file).with_context(|| format!("write {}", file.display()))?;
    let mut answers = client.export_decisions(ExportDecisionsRequest {}).await.map_err(|it| told(&it))?.into_inner();
    let (mut count, mut pages) = (0, 0);
    while let Some(answer) = answers.message().await.map_err(|it| told(&it))? {
        if !answer.file_name.is_empty() {
            write_page(directory, &answer.file_name, &answer.file_content)?;
            pages += 1;
        }
        writeln!(rows, "{}", answer.row)?;
        count += 1;
    }
    rows.sync_all().with_context(|| format!("write {}", file.display()))?;
    writeln!(stdout(), "{count} rows, {pages} of them with a page")?;
    Ok(())
}

/// Writes a page below the directory, and nowhere else, whatever the server names.
fn write_page(directory: &Path, name: &str, content: &[u8]) -> anyhow::Result<()> {
    let name = Path::new(name);
    if !name.components().all(|it| matches!(it, Component::Normal(_))) {
        bail!("the server names the file {}, which is not below the directory of the rows", name.display());
    }
    let path = directory.join(name);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).with_context(|| format!("make {}", parent.display()))?;
    }
    fs::write(&path, content).with_context(|| format!("write {}", path.display()))
}

/// What the server says against a call.
fn told(status: &Status) -> anyhow::Error {
    anyhow::anyhow!("{}", status.message())
}

fn decision_name(decision: proto::Decision) -> &'static str {
    match decision {
        proto::Decision::Unspecified => "",
        proto::Decision::Publish => "publish",
        proto::Decision::PublishCleaned => "publish_cleaned",
        proto::Decision::Discard => "discard",
    }
}

/// Text of a page on one line, without what a terminal obeys.
fn plain(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect()
}

/// A moment in UTC, as RFC 3339 writes it.
fn date(at: Option<&pbjson_types::Timestamp>) -> String {
    let text = at.and_then(|it| serde_json::to_value(it).ok());
    text.as_ref().and_then(|it| it.as_str()).unwrap_or("?").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_is_written_as_rfc_3339() {
        let at = pbjson_types::Timestamp { seconds: 951_782_400, nanos: 0 };
        assert_eq!(date(Some(&at)), "2000-02-29T00:00:00+00:00");
    }

    #[test]
    fn page_outside_the_directory_is_not_written() {
        let directory = tempfile::tempdir().expect("a directory");
        write_page(directory.path(), "html/a.html", b"a").expect("below");
        for name in ["../a.html", "/etc/a.html", "html/../../a.html"] {
            assert!(write_page(directory.path(), name, b"a").is_err(), "{name}");
        }
    }
}
