//! How much work one pipeline may be. Without a limit four nested `for` expressions would fill any memory.

use super::error::EvalError;
use super::value::Value;
use std::cell::Cell;

/// Units of work: an expression looked at is one, as are 32 bytes made. Real pipelines need some thousands.
const STEPS: u64 = 8_000_000;
/// The most bytes of one value when written out.
const MAX_VALUE_BYTES: u64 = 16 * 1024 * 1024;
/// The most bytes of one value that is known only when a build runs: it travels with the plan.
const MAX_LATE_BYTES: u64 = 1024 * 1024;
/// The deepest nesting of one value.
const MAX_DEPTH: u32 = 100;

/// What is left.
#[derive(Debug)]
pub(crate) struct Budget {
    left: Cell<u64>,
    /// Whether it was too much, which was said.
    is_over: Cell<bool>,
    depth: Cell<u32>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: Cell::new(STEPS), is_over: Cell::new(false), depth: Cell::new(0) }
    }
}

/// The deepest nesting of expressions, over locals that refer to each other. The stack of the thread that
/// loads a pipeline is made for it.
const MAX_EVAL_DEPTH: u32 = 1_000;

impl Budget {
    /// Runs `body` one level deeper.
    pub(crate) fn nested<T>(&self, body: impl FnOnce() -> Result<T, EvalError>) -> Result<T, EvalError> {
        self.spend(1)?;
        if self.depth.get() >= MAX_EVAL_DEPTH {
            return Err(EvalError::fatal(
                "these expressions refer to each other more than 1,000 levels deep",
            ));
        }
        self.depth.set(self.depth.get() + 1);
        let result = body();
        self.depth.set(self.depth.get() - 1);
        result
    }

    /// Takes some units of work.
    pub(crate) fn spend(&self, units: u64) -> Result<(), EvalError> {
        self.spend_or(units, || {
            EvalError::fatal("the expressions of this pipeline are too much work")
                .hint("nested `for` expressions multiply: make the lists smaller")
        })
    }

    /// Takes some units of work. The first time that it is too much the error is that of `over`; what follows from it
    /// is not said again.
    pub(crate) fn spend_or(&self, units: u64, over: impl FnOnce() -> EvalError) -> Result<(), EvalError> {
        let Some(left) = self.left.get().checked_sub(units).filter(|_| !self.is_over.get()) else {
            return Err(if self.is_over.replace(true) { EvalError::reported() } else { over() });
        };
        self.left.set(left);
        Ok(())
    }

    /// Takes the work of making `bytes` bytes, and refuses a value that would be too large.
    pub(crate) fn make(&self, bytes: u64) -> Result<(), EvalError> {
        if bytes > MAX_VALUE_BYTES {
            return Err(EvalError::fatal("this makes a value larger than 16 MiB"));
        }
        self.spend(1 + bytes / 32)
    }

    /// Takes the work of a new value.
    pub(crate) fn admit(&self, value: Value) -> Result<Value, EvalError> {
        if value.depth() > MAX_DEPTH {
            return Err(EvalError::fatal("this makes a value nested deeper than 100 levels"));
        }
        if matches!(value, Value::Late(_)) && value.size() > MAX_LATE_BYTES {
            return Err(EvalError::fatal(
                "this makes more than 1 MiB of what is known only when a build runs",
            ));
        }
        if value.size() > MAX_VALUE_BYTES {
            return Err(EvalError::fatal("this makes a value larger than 16 MiB"));
        }
        self.spend(1 + own_bytes(&value) / 32)?;
        Ok(value)
    }
}

/// What a value holds itself, without what it shares.
fn own_bytes(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.len() as u64,
        Value::List(list) => list.items().len() as u64 * 24,
        Value::Map(map) => map.entries().keys().map(|key| key.len() as u64 + 64).sum(),
        Value::Late(late) => late.size(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}
