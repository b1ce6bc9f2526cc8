//! Ports of this host: which one is free, and who listens on one. From `/proc/net/tcp` and `/proc/net/tcp6`, see
//! proc_net_tcp(5): a line has, among others, the local address and port in hexadecimal, the state (`0A`:
//! listening), the user's id and the socket's inode.

use super::proc;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};

/// The local addresses that take connections to 127.0.0.1, as the kernel writes them: that one itself and all, of
/// either family.
const REACHED: [&str; 4] =
    ["0100007F", "00000000", "00000000000000000000000000000000", "0000000000000000FFFF00000100007F"];

/// The state of a socket that listens.
const LISTENING: &str = "0A";

/// A port of 127.0.0.1 on which nobody listens now.
pub(crate) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Who listens on the port of 127.0.0.1, if anybody does: a pid and a name, or the user's id where more cannot
/// be seen. Looks at the open files of all processes.
pub(crate) fn holder_of_port(port: u16) -> Option<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    let socket = tables.iter().find_map(|table| listener(&fs::read_to_string(table).ok()?, port))?;
    let name = format!("socket:[{}]", socket.inode);
    let holder = proc::pids().into_iter().find(|pid| has_open(*pid, &name));
    Some(holder.map_or_else(|| format!("a process of user {}", socket.user), proc::describe))
}

/// A socket that listens.
#[derive(Debug, PartialEq, Eq)]
struct Socket {
    inode: u64,
    user: u32,
}

/// The one that listens on the port, if the table has one.
fn listener(table: &str, port: u16) -> Option<Socket> {
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (address, at) = fields.get(1)?.split_once(':')?;
        let is_it = u16::from_str_radix(at, 16).ok()? == port
            && fields.get(3) == Some(&LISTENING)
            && REACHED.contains(&address);
        let socket = Socket { user: fields.get(7)?.parse().ok()?, inode: fields.get(9)?.parse().ok()? };
        is_it.then_some(socket)
    })
}

/// Whether the process has it open, as far as we may know.
fn has_open(pid: i32, name: &str) -> bool {
    let Ok(open) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    open.flatten().any(|entry| fs::read_link(entry.path()).is_ok_and(|target| target.as_os_str() == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 4711 1 0 100 0 0 10 0
   1: 0200A8C0:1539 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0 0 10 0
   2: 0100007F:153A 0100007F:1538 01 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0
";

    #[test]
    fn only_who_listens_for_this_host_holds_a_port() {
        assert_eq!(listener(TABLE, 0x1538), Some(Socket { inode: 4711, user: 999 }));
        assert_eq!(listener(TABLE, 0x1539), None, "of another address");
        assert_eq!(listener(TABLE, 0x153a), None, "a connection");
        assert_eq!(listener(TABLE, 1), None);
    }

    #[test]
    fn we_are_seen_and_a_free_port_is_nobodys() {
        let ours = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("bound");
        let port = ours.local_addr().expect("bound").port();
        let holder = holder_of_port(port).expect("it is held");
        assert!(holder.starts_with(&format!("{} (", std::process::id())), "{holder}");
        let everywhere = TcpListener::bind("[::]:0").expect("bound");
        assert!(holder_of_port(everywhere.local_addr().expect("bound").port()).is_some());
        assert_eq!(holder_of_port(free_port().expect("there is one")), None);
    }
}
