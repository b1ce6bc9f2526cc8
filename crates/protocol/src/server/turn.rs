//! One turn: what it is about, what it commits, and what each part of the commit is for.

use super::builds::Draft;
use super::{Inbox, Now, Output, Request, Token};
use crate::message::{Batch, Values};
use pikoci_engine::assign::Ask;
use pikoci_engine::part::{Assignment, Decide, Part};
use pikoci_plan::id::{AttemptId, BuildId, CheckId, WorkerId};
use pikoci_plan::values::BuildValues;
use std::collections::VecDeque;

/// A turn.
#[derive(Default)]
pub(super) struct Turn {
    pub(super) now: Now,
    pub(super) batches: Vec<Batch>,
    pub(super) requests: VecDeque<(Token, Request)>,
    /// Whether it looks for what no message tells of.
    pub(super) looks: bool,
    /// Builds that it makes.
    pub(super) drafts: Vec<Draft>,
    /// What the jobs decide, by the index that drafts name, and who has the builds that this cancels.
    pub(super) decisions: Vec<(Decide, Vec<(BuildId, Has)>)>,
    pub(super) parts: Vec<Part>,
    pub(super) intents: Vec<Intent>,
    /// What is to be done whatever becomes of the commit.
    pub(super) outputs: Vec<Output>,
}

/// What a part is for.
#[derive(Debug)]
pub(super) enum Intent {
    /// A worker's session is noted.
    Session(WorkerId),
    /// Events are stored; who gets the answer, and whether the attempt has ended then.
    Batch {
        worker: WorkerId,
        attempt: AttemptId,
        upto: u64,
        ended: bool,
        build: Option<BuildId>,
        check: Option<CheckId>,
    },
    /// A build is made for a request, and started if an ask was free.
    Create { token: Token, build: BuildId, go: Option<Box<PendingGo>> },
    /// A job's decision makes builds, and cancels others: who is told.
    Decide { made: Vec<(BuildId, Option<PendingGo>)>, tell: Vec<(BuildId, Has)> },
    /// A build is made anew for a request.
    Rerun { token: Token, build: BuildId },
    /// A pending build or a due check is started.
    Start { build: Option<BuildId>, go: Box<PendingGo> },
    /// A build is cancelled for a request; who has it.
    Cancel { token: Token, build: BuildId, tell: Option<Has>, skip_hooks: bool },
    /// An attempt is lost.
    Lose { build: Option<BuildId> },
    /// A build ends without having started.
    End(BuildId),
    /// A check is wanted, a pipeline is set.
    Answer(Token),
    /// Builds may change, or become able to start, that nobody asked about.
    Touch,
}

/// Who has a build: worker, session, ask, attempt.
pub(super) type Has = (WorkerId, u64, u64, AttemptId);

impl Intent {
    /// Who waits for it.
    pub(super) fn token(self) -> Option<Token> {
        match self {
            Self::Create { token, .. }
            | Self::Rerun { token, .. }
            | Self::Cancel { token, .. }
            | Self::Answer(token) => Some(token),
            _ => None,
        }
    }
}

/// A `Go` that is sent if the commit says so.
#[derive(Debug, Clone)]
pub(super) struct PendingGo {
    pub(super) ask: Ask,
    pub(super) attempt: AttemptId,
    pub(super) plan: String,
    pub(super) values: Values,
}

impl PendingGo {
    /// What the ledger is told of it.
    pub(super) fn assignment(&self, at_ms: u64) -> Assignment {
        Assignment { attempt: self.attempt.clone(), ask: self.ask.clone(), plan: self.plan.clone(), at_ms }
    }

    /// The message; of a new build the number is known only after the commit.
    pub(super) fn output(self, number: Option<u64>) -> Output {
        let mut values = self.values;
        if let (Values::Build(BuildValues { number: text, url, .. }), Some(number)) = (&mut values, number) {
            *text = number.to_string();
            *url = url.replace(NUMBER, text);
        }
        Output::Go {
            worker: self.ask.worker,
            session: self.ask.session,
            ask: self.ask.ask,
            attempt: self.attempt,
            plan: self.plan,
            values,
        }
    }
}

/// Stands for the number in the address of a build that has none yet.
pub(super) const NUMBER: &str = "{number}";

impl Turn {
    pub(super) fn begin(now: Now, inbox: Inbox, looks: bool) -> Self {
        Self { now, batches: inbox.batches, requests: inbox.requests, looks, ..Self::default() }
    }

    pub(super) fn push(&mut self, part: Part, intent: Intent) {
        self.parts.push(part);
        self.intents.push(intent);
    }

    pub(super) fn parts(&mut self) -> Vec<Part> {
        std::mem::take(&mut self.parts)
    }
}
