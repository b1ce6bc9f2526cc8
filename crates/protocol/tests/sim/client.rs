//! A client that triggers, asks again where no answer comes, cancels, and lets the outside have new versions.

use crate::world::{Happening, World};
use pikoci_plan::id::BuildId;
use pikoci_protocol::server::{Answer, Problem, Request};
use std::collections::BTreeMap;

/// The client.
#[derive(Default)]
pub(crate) struct Client {
    pub(crate) stopped: bool,
    next: u64,
    /// What was asked: of which server, for which job and key.
    asked: BTreeMap<u64, (usize, &'static str, String)>,
    /// The builds that were answered.
    builds: Vec<BuildId>,
}

impl Client {
    /// No answer comes any more from this server.
    pub(crate) fn server_died(&mut self, server: usize) {
        self.asked.retain(|_, (asked, ..)| *asked != server);
    }
}

impl World {
    pub(crate) fn client_acts(&mut self) {
        if self.client.stopped {
            return;
        }
        let server = self.random(self.servers.len() as u64) as usize;
        match self.random(10) {
            0..=3 => {
                // Keys repeat: a client that heard no answer asks again, perhaps another server.
                let (job, key) = (["auto", "hand"][self.random(2) as usize], self.random(60).to_string());
                self.trigger(server, job, key);
            }
            4..=5 => self.upstream += 1 + self.random(3),
            6 => {
                if let Some(build) = self.client.builds.last().cloned() {
                    self.client.next += 1;
                    let skip_hooks = self.chance(20);
                    self.say(format!("client cancels {build}"));
                    self.server_request(server, self.client.next, Request::Cancel { build, skip_hooks });
                }
            }
            7 => {
                self.client.next += 1;
                let request = Request::Check { resource: self.resource.clone() };
                self.server_request(server, self.client.next, request);
            }
            _ => {}
        }
        let pause = 20 + self.random(1_000);
        self.after(pause, Happening::Client);
    }

    fn trigger(&mut self, server: usize, job: &'static str, key: String) {
        self.client.next += 1;
        let token = self.client.next;
        self.client.asked.insert(token, (server, job, key.clone()));
        let request = Request::Trigger { job: self.jobs[job].clone(), key };
        self.server_request(server, token, request);
    }

    pub(crate) fn client_hears(&mut self, token: u64, answer: Result<Answer, Problem>) {
        let asked = self.client.asked.remove(&token);
        if let (Some((_, job, key)), Ok(Answer::Triggered { build, created })) = (asked, answer) {
            self.say(match created {
                true => format!("client: {build} for {job} {key}"),
                false => format!("client: {build} for {job} {key} was made before"),
            });
            self.rules.answered(job, &key, &build);
            self.client.builds.push(build);
        }
    }
}
