//! Repositories on this host, whose objects can be read where they are.

use super::address::{Address, Kind};
use std::path::{Path, PathBuf};

/// The objects of the repository at an address that is a path. One that is shallow is left to git.
pub(super) fn objects(address: &Address) -> Option<PathBuf> {
    if *address.kind() != Kind::Path {
        return None;
    }
    let place = Path::new(address.text());
    let places = [place.join(".git"), place.to_owned()];
    let place = places.into_iter().find(|place| place.join("objects").is_dir())?;
    let objects = place.join("objects");
    // Each line of the file that will name it is a path.
    let is_line = !objects.to_str()?.contains(['\n', '"']);
    (is_line && !place.join("shallow").exists()).then_some(objects)
}
