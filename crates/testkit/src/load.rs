//! The same request many times, over a few kept-alive connections, each as fast as its answers come.

use crate::api::{Connection, Server};
use anyhow::{Context, Result, bail};
use std::cell::Cell;
use std::rc::Rc;
use tokio::task::LocalSet;

/// What the arguments `ADDRESS PATH COUNT CONNECTIONS` of a program ask for; the token stands in `PIKOCI_TOKEN`.
#[derive(Debug, Clone)]
pub struct Load {
    /// Where to.
    pub server: Server,
    /// What the requests are for.
    pub path: String,
    /// How many there are.
    pub count: usize,
    /// Over how many connections.
    pub connections: usize,
}

impl Load {
    /// Reads the arguments of this program.
    pub fn from_arguments() -> Result<Self> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let [address, path, count, connections] = arguments.as_slice() else {
            bail!("usage: {} ADDRESS PATH COUNT CONNECTIONS", std::env::args().next().unwrap_or_default());
        };
        Ok(Self {
            server: Server {
                address: address.parse().context("ADDRESS is HOST:PORT")?,
                token: std::env::var("PIKOCI_TOKEN").unwrap_or_default(),
            },
            path: path.clone(),
            count: count.parse().context("COUNT is a number")?,
            connections: connections.parse().context("CONNECTIONS is a number")?,
        })
    }

    /// Makes the requests, numbered from 1. A connection that breaks ends, and its error is the answer.
    pub fn run(&self, each: impl AsyncFn(&mut Connection, usize) -> Result<()> + 'static) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (each, next) = (Rc::new(each), Rc::new(Cell::new(0)));
        LocalSet::new().block_on(&runtime, async {
            let start = |_| {
                let (each, next, load) = (Rc::clone(&each), Rc::clone(&next), self.clone());
                tokio::task::spawn_local(async move {
                    let mut connection = Connection::open(&load.server).await?;
                    while next.get() < load.count {
                        next.set(next.get() + 1);
                        each(&mut connection, next.get()).await?;
                    }
                    Ok(())
                })
            };
            let tasks: Vec<_> = (0..self.connections).map(start).collect();
            let mut result = Ok(());
            for task in tasks {
                result = result.and(task.await?);
            }
            result
        })
    }
}
