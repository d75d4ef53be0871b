//! Cores that do not sleep while a process waits: how long one takes to wake up, some 25 µs on a virtual machine, is as
//! long as all that a function does, and whether it had fallen asleep is a matter of a microsecond.

use std::convert::Infallible;
use std::process::{Child, Command, Stdio};

/// Keeps this thread awake while it waits, and so its core.
pub(super) async fn awake<R>(measured: impl Future<Output = R>) -> R {
    tokio::select! {
        biased;
        result = measured => result,
        never = never_sleeps() => match never {},
    }
}

async fn never_sleeps() -> Infallible {
    loop {
        tokio::task::yield_now().await;
    }
}

/// The other cores, each with a process that it leaves for whatever else there is to do: one of the class `SCHED_IDLE`,
/// which Linux has, and util-linux's `chrt` gives.
pub(super) struct Cores(Vec<Child>);

impl Cores {
    /// Keeps them awake until this is dropped, where that can be had.
    pub(super) fn kept_awake() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        // It ends by itself when this process is gone, however that ends.
        let spins =
            "while kill -0 \"$0\"; do n=0; while [ $n -lt 9999 ]; do n=$((n + 1)); done; done";
        let spinning = (1..cores).map_while(|_| {
            let mut idle = Command::new("chrt");
            idle.args(["--idle", "0", "sh", "-c", spins])
                .arg(std::process::id().to_string())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            idle.spawn().ok()
        });
        Self(spinning.collect())
    }

    /// Whether they are still kept awake.
    pub(super) fn are_awake(&mut self) -> bool {
        let mut processes = self.0.iter_mut();
        let all = processes.all(|process| matches!(process.try_wait(), Ok(None)));
        all && !self.0.is_empty()
    }
}

impl Drop for Cores {
    fn drop(&mut self) {
        for process in &mut self.0 {
            let _ended_already = process.kill();
            let _reaped = process.wait();
        }
    }
}
