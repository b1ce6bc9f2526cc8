use crate::{Failure, answer::Object, call::Call};
pub(crate) fn get(_call: &Call) -> Result<Object, Failure> {
    Err(Failure::new("later"))
}
