//! One build at a time for each architecture: a second one waits, and then finds what the first has built.

use std::fs::File;
use std::path::Path;

use crate::error::BuildError;

/// Held until it is dropped, however the process ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes it, and says so where that takes a while.
    pub(crate) fn take(path: &Path, say: &dyn Fn(&str)) -> Result<Self, BuildError> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(BuildError::file(path))?;
        if file.try_lock().is_err() {
            say("another build of these functions is running: waiting for it");
            file.lock().map_err(BuildError::file(path))?;
        }
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn the_second_waits_for_the_first_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = Lock::take(&path, &|said| panic!("{said}")).unwrap();
        let (say, said) = mpsc::channel();
        let second = thread::spawn(move || {
            let lock = Lock::take(&path, &|line| say.send(line.to_owned()).unwrap());
            (lock, say)
        });
        let line = said.recv().unwrap();
        assert!(line.contains("waiting"), "{line}");
        assert!(!second.is_finished());
        drop(first);
        assert!(second.join().unwrap().0.is_ok());
    }
}
