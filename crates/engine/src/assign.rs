//! Which pending build or due check goes to which free ask.

use pikoci_plan::id::WorkerId;

/// A free slot of a worker, as a number that is used once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ask {
    /// The worker.
    pub worker: WorkerId,
    /// Its session.
    pub session: u64,
    /// The number.
    pub ask: u64,
    /// The number of the State in which it stood.
    pub n: u64,
    /// What its worker offers.
    pub tags: Vec<String>,
}

impl Ask {
    /// Whether its worker has all that is asked for.
    pub fn offers(&self, tags: &[String]) -> bool {
        tags.iter().all(|tag| self.tags.contains(tag))
    }
}

/// Gives the oldest work to the asks of the worker that has most of them free, so that work spreads.
///
/// Both lists are used from their beginning; what finds no counterpart is left out.
pub fn assign<W: Clone>(work: &[W], asks: &[Ask]) -> Vec<(W, Ask)> {
    work.iter().cloned().zip(spread(asks)).collect()
}

/// The asks, those of the worker with most free asks first, one worker after the other.
pub fn spread(asks: &[Ask]) -> Vec<Ask> {
    let mut left = asks.to_vec();
    left.sort();
    let free = |left: &[Ask], worker: &WorkerId| left.iter().filter(|ask| ask.worker == *worker).count();
    let mut order = Vec::with_capacity(left.len());
    while let Some(best) =
        (0..left.len()).max_by_key(|&index| (free(&left, &left[index].worker), std::cmp::Reverse(index)))
    {
        order.push(left.remove(best));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(worker: &str, ask: u64) -> Ask {
        Ask { worker: worker.into(), session: 1, ask, n: 1, tags: vec![] }
    }

    #[test]
    fn work_spreads_over_workers_oldest_first() {
        let asks = [ask("a", 1), ask("a", 2), ask("a", 3), ask("b", 1)];
        let given: Vec<_> = assign(&["one", "two", "three", "four", "five"], &asks)
            .into_iter()
            .map(|(work, ask)| format!("{work}:{}{}", ask.worker, ask.ask))
            .collect();
        assert_eq!(given, ["one:a1", "two:a2", "three:a3", "four:b1"]);
    }

    #[test]
    fn nothing_is_given_without_an_ask() {
        assert!(assign(&["one"], &[]).is_empty());
    }
}
