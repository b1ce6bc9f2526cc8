//! What breaks.

use super::TROUBLE_MS;
use crate::dice::Dice;
use crate::script::Act;

/// All servers are gone for so long, now and then.
const GONE_MS: u64 = 10 * 60_000;

pub(super) fn faults(dice: &mut Dice, servers: usize, hosts: usize, acts: &mut Vec<(u64, Act)>) {
    let loss = dice.below(20);
    acts.push((0, Act::Wire { loss, double: 10, late: 3, ms: TROUBLE_MS }));
    for _ in 0..dice.between(0, 4) {
        acts.push((dice.below(TROUBLE_MS), of_server(dice, servers)));
    }
    for _ in 0..dice.between(5, 40) {
        let ms = if dice.chance(5) { dice.between(30_000, 90_000) } else { dice.between(50, 9_000) };
        acts.push((dice.below(TROUBLE_MS), Act::Stall { server: dice.index(servers), ms }));
    }
    if dice.chance(8) {
        // A slow one: what it does rests on what it read a second ago.
        let (server, from) = (dice.index(servers), dice.below(TROUBLE_MS / 2));
        acts.extend((0..30).map(|at| (from + at * 1_001, Act::Stall { server, ms: 1_000 })));
    }
    for _ in 0..dice.between(0, 4) {
        acts.push((dice.below(TROUBLE_MS), of_host(dice, hosts)));
    }
    for _ in 0..dice.between(0, 2) {
        let at = dice.below(TROUBLE_MS);
        acts.push((at, cut(dice, servers, hosts)));
        // Just when the lease may end a server stalls.
        if dice.chance(50) {
            let stall = Act::Stall { server: dice.index(servers), ms: dice.between(500, 9_000) };
            acts.push((at + dice.between(26_000, 36_000), stall));
        }
    }
    if dice.chance(6) {
        let at = dice.below(TROUBLE_MS);
        acts.extend((0..servers).map(|server| (at, Act::KillServer { server, down_ms: GONE_MS })));
    }
}

fn of_server(dice: &mut Dice, servers: usize) -> Act {
    let server = dice.index(servers);
    match dice.below(10) {
        0..5 => Act::KillServer { server, down_ms: dice.below(5_000) },
        5..7 => {
            let hour: i64 = if dice.chance(50) { 3_600_000 } else { -3_600_000 };
            Act::SetClock {
                server,
                ms: if dice.chance(30) { dice.below(9_000) as i64 - 4_500 } else { hour },
            }
        }
        7..9 => Act::NoLedger { ms: if dice.chance(20) { 60_000 } else { dice.between(100, 9_000) } },
        _ => Act::LostCommit,
    }
}

fn of_host(dice: &mut Dice, hosts: usize) -> Act {
    let host = dice.index(hosts);
    let long = dice.chance(25);
    let down_ms = if long { dice.between(30_000, 400_000) } else { dice.between(10, 5_000) };
    match dice.below(10) {
        0..4 => Act::KillHost { host, down_ms },
        4 => Act::Reboot { host, down_ms },
        5..7 => {
            Act::Freeze { host, ms: if dice.chance(30) { dice.between(25_000, 90_000) } else { down_ms } }
        }
        _ => {
            let deadline_ms = if dice.chance(50) { dice.below(1_000) } else { 20_000 };
            Act::Drain { host, deadline_ms, down_ms: dice.between(10, 5_000) }
        }
    }
}

fn cut(dice: &mut Dice, servers: usize, hosts: usize) -> Act {
    let (up, down) = *dice.pick(&[(true, true), (true, false), (false, true)]);
    let ms = if dice.chance(50) { dice.between(25_000, 45_000) } else { dice.between(500, 15_000) };
    let server = dice.chance(50).then(|| dice.index(servers));
    Act::Cut { host: dice.index(hosts), server, up, down, ms }
}
