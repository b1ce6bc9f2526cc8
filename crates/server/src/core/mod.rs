//! The core of a server: a thread that runs the protocol's machine over the ledger, turn by turn.
//!
//! Messages and requests wait in one bounded queue. A turn takes all that waits, so that it shares one transaction; while
//! the disk works on that, the next turn's inputs gather.

mod plans;
mod writing;

pub(crate) use writing::Trouble;

use crate::clock::{now, now_ms};
use crate::live::Live;
use crate::seal::Sealer;
use pikoci_bus::Address;
use pikoci_bus::in_process::{Attachment, Wire};
use pikoci_plan::id::WorkerId;
use pikoci_protocol::codec;
use pikoci_protocol::message::{Go, ToServer, ToWorker};
use pikoci_protocol::server::{Answer, Output, Problem, Request, Server, Token};
use pikoci_store::{Store, StoreError};
use plans::Plans;
use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;
use tokio::sync::oneshot;
use writing::Writing;

/// How many messages and requests may wait for a turn. A message beyond is lost (and sent again by its worker), a request
/// beyond is answered so.
const QUEUE: usize = 4096;

/// The most inputs of one turn.
const TURN_INPUTS: usize = 512;

/// The most bytes of messages of one turn, so that its transaction stays short.
const TURN_BYTES: usize = 4 * 1024 * 1024;

/// The pause after a turn that failed, so that a full disk is not hammered.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(500);

type Reply = oneshot::Sender<Result<Answer, Problem>>;

enum Input {
    Message(Vec<u8>),
    Request(Box<Request>, Reply),
    Stop,
}

/// A running core. It ends when this is dropped.
pub struct Core {
    queue: SyncSender<Input>,
    thread: Option<std::thread::JoinHandle<()>>,
    trouble: Trouble,
    _listening: Attachment,
}

impl Core {
    /// Starts the core of a server on a ledger and a wire. `base_url` is what `BUILD_URL` begins with.
    ///
    /// # Errors
    /// If a thread cannot be started.
    pub fn start(store: Arc<Store>, wire: Wire, live: Arc<Live>, base_url: String) -> std::io::Result<Self> {
        let (queue, inputs) = sync_channel(QUEUE);
        let to_queue = queue.clone();
        let listening = wire.attach(Address::Servers, move |message| {
            // A full queue loses the message; its worker sends it again.
            let _lost = to_queue.try_send(Input::Message(message));
        });
        let state = Running {
            seal: Sealer::start(Arc::clone(&store))?,
            plans: Plans::default(),
            machine: Server::new(base_url, Box::new(rand::random::<u128>)),
            waiting: HashMap::new(),
            next_token: 0,
            store,
            wire,
            live,
            writing: Writing::default(),
        };
        let trouble = state.writing.trouble();
        let thread = std::thread::Builder::new().name("core".into()).spawn(move || state.run(&inputs))?;
        Ok(Self { queue, thread: Some(thread), trouble, _listening: listening })
    }

    /// What keeps the ledger from being written, if something does.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.trouble.now()
    }

    /// Asks for something and waits for what comes of it.
    pub async fn request(&self, request: Request) -> Result<Answer, Problem> {
        let (reply, answer) = oneshot::channel();
        match self.queue.try_send(Input::Request(Box::new(request), reply)) {
            Ok(()) => {
                answer.await.unwrap_or_else(|_| Err(Problem::Unavailable("the server is stopping".into())))
            }
            Err(TrySendError::Full(_)) => Err(Problem::Unavailable("too many requests are waiting".into())),
            Err(TrySendError::Disconnected(_)) => Err(Problem::Unavailable("the server is stopping".into())),
        }
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        // A full queue is emptied by the thread, which then meets the closed channel's Stop.
        let _gone_already = self.queue.send(Input::Stop);
        if let Some(thread) = self.thread.take() {
            let _panicked_and_said_so = thread.join();
        }
    }
}

struct Running {
    machine: Server,
    store: Arc<Store>,
    wire: Wire,
    live: Arc<Live>,
    seal: Sealer,
    plans: Plans,
    waiting: HashMap<Token, Reply>,
    next_token: Token,
    writing: Writing,
}

impl Running {
    fn run(mut self, inputs: &Receiver<Input>) {
        loop {
            let wait = if self.machine.has_work(now()) { 0 } else { self.machine.wait_ms(now()) };
            match inputs.recv_timeout(Duration::from_millis(wait)) {
                Ok(first) => {
                    if self.take(inputs, first) {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.turn();
        }
    }

    /// Takes all that waits, up to the bounds of a turn. Whether it is time to stop.
    fn take(&mut self, inputs: &Receiver<Input>, first: Input) -> bool {
        let mut bytes = 0;
        for input in std::iter::once(first).chain(inputs.try_iter().take(TURN_INPUTS)) {
            match input {
                Input::Stop => return true,
                Input::Message(message) => {
                    bytes += message.len();
                    self.receive(&message);
                }
                Input::Request(request, reply) => {
                    self.next_token += 1;
                    self.waiting.insert(self.next_token, reply);
                    self.machine.request(self.next_token, *request);
                }
            }
            if bytes > TURN_BYTES {
                break;
            }
        }
        false
    }

    fn receive(&mut self, message: &[u8]) {
        match codec::decode::<ToServer>(message) {
            Ok(message) => self.machine.receive(now(), message),
            Err(error) => complain(&format!("a message was not understood: {error}")),
        }
    }

    fn turn(&mut self) {
        let wanted = self.machine.wanted(now());
        let outputs = match self.commit(&wanted) {
            Ok(outputs) => outputs,
            Err(error) => {
                let told = self.writing.failed(&error.to_string(), self.store.path(), now_ms());
                told.iter().for_each(|told| complain(told));
                let outputs = self.machine.fail(&format!("nothing can be stored: {error}"));
                std::thread::sleep(PAUSE_AFTER_FAILURE);
                outputs
            }
        };
        outputs.into_iter().for_each(|output| self.act(output));
    }

    fn commit(&mut self, wanted: &pikoci_engine::facts::Wanted) -> Result<Vec<Output>, StoreError> {
        let facts = self.store.facts(wanted)?;
        let parts = self.machine.decide(facts);
        let applied = if parts.is_empty() { Vec::new() } else { self.store.commit(&parts)? };
        // While nothing has to be written nobody else would learn that it can be.
        if !parts.is_empty() || self.writing.fails() && self.store.probe().is_ok() {
            self.writing.worked(now_ms()).iter().for_each(|told| complain(told));
        }
        Ok(self.machine.conclude(applied))
    }

    fn act(&mut self, output: Output) {
        match output {
            Output::Send(worker, message) => self.send(&worker, &message),
            Output::Go { worker, session, ask, attempt, plan, values } => {
                match self.plans.get(&self.store, &plan) {
                    Ok(bytes) => {
                        let plan_hash = plan;
                        let go = Go { session, ask, attempt, plan_hash, plan: bytes.to_vec(), values };
                        self.send(&worker, &ToWorker::Go(Box::new(go)));
                    }
                    // Said again at the worker's next State.
                    Err(error) => complain(&format!("the plan of attempt {attempt} cannot be read: {error}")),
                }
            }
            Output::Echo(message) => match codec::encode(&message) {
                Ok(bytes) => self.wire.send(&Address::Servers, bytes),
                Err(error) => complain(&format!("a message could not be sent: {error}")),
            },
            Output::Answer(token, answer) => {
                if let Some(reply) = self.waiting.remove(&token) {
                    // Who asked may have gone away.
                    let _gone = reply.send(answer);
                }
            }
            Output::Changed(build) => self.live.changed(&build),
            Output::CheckEnded(check) => self.live.check_ended(&check),
            Output::Seal(attempt) => self.seal.seal(attempt),
        }
    }

    fn send(&self, worker: &WorkerId, message: &ToWorker) {
        match codec::encode(message) {
            Ok(bytes) => self.wire.send(&Address::Worker(worker.clone()), bytes),
            Err(error) => complain(&format!("a message could not be sent: {error}")),
        }
    }
}

/// Tells the operator, on standard error.
pub(crate) fn complain(what: &str) {
    // Nobody may be reading it.
    let _nobody = writeln!(std::io::stderr(), "pikoci: {what}");
}
