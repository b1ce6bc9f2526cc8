//! `post-load ADDRESS PATH COUNT CONNECTIONS`: posts to a path over kept-alive connections, each as fast as its
//! answers come, for shell scripts. Prints the status of each answer.

use anyhow::Result;
use hyper::Method;
use pikoci_testkit::load::Load;
use std::io::Write;

fn main() -> Result<()> {
    let load = Load::from_arguments()?;
    let path = load.path.clone();
    load.run(async move |connection, _| {
        let answer = connection.ask(Method::POST, &path, &[]).await?;
        writeln!(std::io::stdout(), "{}", answer.status.as_u16())?;
        Ok(())
    })
}
