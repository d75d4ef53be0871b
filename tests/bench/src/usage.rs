//! What processes use: memory, and on Linux time on a core.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

/// What is meant by a process's memory here.
pub(crate) const MEMORY: &str = if cfg!(target_os = "linux") {
    "PSS: pages that processes share count once"
} else {
    "RSS: pages that processes share count for each"
};

/// A server's process, and those that it has started.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    root: u32,
    children: Vec<u32>,
}

/// A quantity of a server's process, and of those that it has started together.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Share {
    pub(crate) server: f64,
    pub(crate) functions: f64,
}

impl Share {
    pub(crate) fn total(self) -> f64 {
        self.server + self.functions
    }
}

impl Tree {
    /// The processes as they are now.
    pub(crate) fn of(root: u32) -> Result<Self> {
        let everything = Command::new("ps").args(["-axo", "pid=,ppid="]).output();
        let everything = everything
            .context("`ps` is needed to find the servers' processes")?
            .stdout;
        let pairs: Vec<(u32, u32)> = String::from_utf8_lossy(&everything)
            .lines()
            .filter_map(|line| {
                let mut numbers = line.split_whitespace().map(str::parse);
                Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
            })
            .collect();
        let mut family = vec![root];
        let mut next = 0;
        while let Some(parent) = family.get(next).copied() {
            family.extend(
                pairs
                    .iter()
                    .filter(|(_, of)| *of == parent)
                    .map(|(pid, _)| pid),
            );
            next += 1;
        }
        Ok(Self {
            root,
            children: family.split_off(1),
        })
    }

    /// How many processes there are beside the server's own.
    pub(crate) fn functions(&self) -> usize {
        self.children.len()
    }

    /// Resident memory in MiB.
    pub(crate) fn memory(&self) -> Share {
        self.share(|pid| resident_kib(pid).unwrap_or(0.0) / 1024.0)
    }

    /// Seconds on a core so far; zero where the system does not say.
    pub(crate) fn cpu(&self) -> Share {
        self.share(|pid| cpu_seconds(&pid.to_string()).unwrap_or(0.0))
    }

    fn share(&self, of: impl Fn(u32) -> f64) -> Share {
        Share {
            server: of(self.root),
            functions: self.children.iter().fold(0.0, |sum, pid| sum + of(*pid)),
        }
    }
}

/// Seconds on a core that this process has had so far.
pub(crate) fn own_cpu() -> f64 {
    cpu_seconds("self").unwrap_or(0.0)
}

/// The sum over its threads, in nanoseconds where `stat` has but hundredths of a second.
fn cpu_seconds(process: &str) -> Option<f64> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).ok()?;
    let on_core = |thread: fs::DirEntry| -> Option<f64> {
        let schedstat = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        schedstat.split(' ').next()?.parse().ok()
    };
    let nanoseconds: f64 = threads.flatten().filter_map(on_core).sum();
    Some(nanoseconds / 1e9)
}

#[cfg(target_os = "linux")]
fn resident_kib(pid: u32) -> Option<f64> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(not(target_os = "linux"))]
fn resident_kib(pid: u32) -> Option<f64> {
    let printed = Command::new("ps")
        .args(["-o", "rss=", "-p", &pid.to_string()])
        .output()
        .ok()?
        .stdout;
    String::from_utf8_lossy(&printed).trim().parse().ok()
}

/// The load average of the last minute, where the system says.
pub(crate) fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg")
        .ok()?
        .split(' ')
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_memory_and_children() {
        let mut child = Command::new("sleep").arg("30").spawn().unwrap();
        let tree = Tree::of(std::process::id()).unwrap();
        let memory = tree.memory();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(tree.children.contains(&child.id()));
        assert!(memory.server > 0.0 && memory.functions > 0.0, "{memory:?}");
    }
}
