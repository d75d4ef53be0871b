//! What a built executable asks of the machine that it will run on.

use std::fmt;

use object::LittleEndian;
use object::elf::{EM_AARCH64, EM_X86_64, FileHeader64};
use object::read::elf::{FileHeader, SectionHeader};
use thiserror::Error;
use tidegate_contract::architecture::Architecture;

/// A version of the GNU C library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Glibc {
    /// Its first number: 2.
    pub major: u32,
    /// Its second.
    pub minor: u32,
}

/// What `provided.al2023` has: Amazon Linux 2023 comes with glibc 2.34.
pub const GLIBC_OF_LAMBDA: Glibc = Glibc {
    major: 2,
    minor: 34,
};

/// Why an executable does not run on Lambda.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExecutableError {
    /// It cannot be read.
    #[error("it is no executable of Linux on a 64-bit processor")]
    Unreadable(#[source] object::Error),
    /// It is for another processor.
    #[error("it is not built for {wanted} (its ELF machine is {machine})")]
    Machine {
        /// What it was to be built for.
        wanted: Architecture,
        /// The number that stands in its header.
        machine: u16,
    },
    /// It needs something of glibc that has no version.
    #[error("it needs `{0}` of glibc, which is not known to be in {GLIBC_OF_LAMBDA}")]
    Unknown(String),
    /// It needs a newer one.
    #[error("it needs glibc {needed}, and Lambda's provided.al2023 has {GLIBC_OF_LAMBDA}")]
    TooNew {
        /// What it needs.
        needed: Glibc,
    },
}

impl fmt::Display for Glibc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl Glibc {
    /// Reads the name of a symbol version: `GLIBC_2.34`, and `GLIBC_2.2.5` from before there were two numbers.
    fn of_symbol(version: &str) -> Option<Self> {
        let mut numbers = version.strip_prefix("GLIBC_")?.split('.');
        let major = numbers.next()?.parse().ok()?;
        let minor = numbers.next()?.parse().ok()?;
        let patch = numbers.next().map(str::parse::<u32>);
        let ends = numbers.next().is_none() && !matches!(patch, Some(Err(_)));
        ends.then_some(Self { major, minor })
    }
}

/// The newest glibc that an executable needs; none if it is linked statically.
///
/// # Errors
/// When it is no ELF executable, or needs of glibc what no version's name tells.
pub fn glibc_needed(executable: &[u8]) -> Result<Option<Glibc>, ExecutableError> {
    let (header, endian) = header(executable)?;
    let read = || -> Result<Vec<String>, object::Error> {
        let sections = header.sections(endian, executable)?;
        let mut versions = Vec::new();
        for section in sections.iter() {
            let Some((mut libraries, link)) = section.gnu_verneed(endian, executable)? else {
                continue;
            };
            let strings = sections.strings(endian, executable, link)?;
            while let Some((_, mut needed)) = libraries.next()? {
                while let Some(version) = needed.next()? {
                    let name = version.name(endian, strings)?;
                    versions.push(String::from_utf8_lossy(name).into_owned());
                }
            }
        }
        Ok(versions)
    };
    let versions = read().map_err(ExecutableError::Unreadable)?;
    let of_glibc = versions.iter().filter(|name| name.starts_with("GLIBC_"));
    let versions: Result<Vec<Glibc>, _> = of_glibc
        .map(|name| Glibc::of_symbol(name).ok_or_else(|| ExecutableError::Unknown(name.clone())))
        .collect();
    Ok(versions?.into_iter().max())
}

fn header(
    executable: &[u8],
) -> Result<(&FileHeader64<LittleEndian>, LittleEndian), ExecutableError> {
    let read = || {
        let header = FileHeader64::<LittleEndian>::parse(executable)?;
        Ok((header, header.endian()?))
    };
    read().map_err(ExecutableError::Unreadable)
}

/// Refuses what Lambda could not start.
pub(crate) fn check(executable: &[u8], wanted: Architecture) -> Result<(), ExecutableError> {
    let (header, endian) = header(executable)?;
    let machine = header.e_machine(endian);
    let expected = match wanted {
        Architecture::Arm64 => EM_AARCH64,
        Architecture::X86_64 => EM_X86_64,
    };
    if machine != expected {
        return Err(ExecutableError::Machine {
            wanted,
            machine: machine.0,
        });
    }
    match glibc_needed(executable)? {
        Some(needed) if needed > GLIBC_OF_LAMBDA => Err(ExecutableError::TooNew { needed }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_a_symbol_is_read_from_its_name() {
        let version = |name| Glibc::of_symbol(name).map(|version| version.to_string());
        assert_eq!(version("GLIBC_2.34").as_deref(), Some("2.34"));
        assert_eq!(version("GLIBC_2.2.5").as_deref(), Some("2.2"));
        for name in ["GLIBC_PRIVATE", "GLIBC_ABI_DT_RELR", "GLIBC_2", "GCC_3.0"] {
            assert_eq!(version(name), None, "{name}");
        }
        assert!(Glibc::of_symbol("GLIBC_2.9") < Glibc::of_symbol("GLIBC_2.34"));
    }

    #[test]
    fn what_is_no_executable_is_refused() {
        let error = check(b"#!/bin/sh\n", Architecture::X86_64).unwrap_err();
        assert!(matches!(error, ExecutableError::Unreadable(_)), "{error}");
    }

    /// The test itself is an executable of the machine that runs it, and what it needs is what was there to link with.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    mod this_one {
        use super::*;

        fn bytes() -> Vec<u8> {
            std::fs::read(std::env::current_exe().unwrap()).unwrap()
        }

        #[test]
        fn an_executable_says_what_glibc_it_needs() {
            let needed = glibc_needed(&bytes()).unwrap().unwrap();
            assert_eq!(needed.major, 2);
            assert!(needed.minor >= 17, "{needed}");
        }

        #[test]
        fn one_for_another_processor_is_refused() {
            let other = match std::env::consts::ARCH {
                "x86_64" => Architecture::Arm64,
                _ => Architecture::X86_64,
            };
            let error = check(&bytes(), other).unwrap_err();
            assert!(matches!(error, ExecutableError::Machine { .. }), "{error}");
        }

        /// The name of the newest version is changed in place, to one as long that is too new.
        #[test]
        fn one_that_needs_a_newer_glibc_is_refused() {
            let mut bytes = bytes();
            let needed = glibc_needed(&bytes).unwrap().unwrap();
            let (from, to) = (format!("\0GLIBC_{needed}\0"), *b"\0GLIBC_2.99\0");
            assert_eq!(from.len(), to.len(), "{needed}");
            let places: Vec<usize> = (0..bytes.len() - to.len())
                .filter(|at| bytes[*at..].starts_with(from.as_bytes()))
                .collect();
            for at in places {
                bytes[at..at + to.len()].copy_from_slice(&to);
            }
            let here = match std::env::consts::ARCH {
                "x86_64" => Architecture::X86_64,
                _ => Architecture::Arm64,
            };
            let error = check(&bytes, here).unwrap_err().to_string();
            assert!(error.contains("it needs glibc 2.99"), "{error}");
        }
    }
}
