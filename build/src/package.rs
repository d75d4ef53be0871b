//! The deployment package: a zip with one file, whose bytes depend on nothing but that file's.

use std::io::{Cursor, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

/// What Lambda starts in a function of the runtime `provided.al2023`.
const BOOTSTRAP: &str = "bootstrap";
/// Everybody may start it: Lambda runs it as a user of its own.
const EXECUTABLE: u32 = 0o755;
/// The best that deflate can do; it takes a second, and every cold start loads the result.
const LEVEL: i64 = 9;

/// Packs an executable.
///
/// # Errors
/// When it is too large for a zip.
pub(crate) fn zip(bootstrap: &[u8]) -> zip::result::ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        // The first moment that a zip can name.
        .last_modified_time(DateTime::DEFAULT)
        .system(System::Unix)
        .unix_permissions(EXECUTABLE);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(BOOTSTRAP, options)?;
    writer.write_all(bootstrap)?;
    Ok(writer.finish()?.into_inner())
}

/// The SHA-256 of a package, in base64 as Lambda says it.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use zip::ZipArchive;

    use super::*;

    /// Something that compresses, and not to nothing.
    fn executable() -> Vec<u8> {
        (0..200_000_u32)
            .flat_map(|n| (n.wrapping_mul(n) >> 7).to_le_bytes())
            .collect()
    }

    #[test]
    fn it_has_one_executable_named_bootstrap() {
        let packed = zip(&executable()).unwrap();
        let mut archive = ZipArchive::new(Cursor::new(packed)).unwrap();
        assert_eq!(archive.len(), 1);
        let mut file = archive.by_index(0).unwrap();
        assert_eq!(file.name().unwrap(), "bootstrap");
        assert_eq!(file.unix_mode().unwrap() & 0o7777, 0o755);
        let mut unpacked = Vec::new();
        file.read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, executable());
    }

    /// On every machine, at every time, and with every version of the compressor that we take up: a new one that packs
    /// otherwise changes every function's code, and is to be noticed here.
    #[test]
    fn the_same_executable_is_the_same_package_everywhere() {
        let packed = zip(&executable()).unwrap();
        assert_eq!(
            sha256(&packed),
            "7PmT4HCgHBDdlvKk22a0ExoCtxi78tKyf/MxhYU7cNU="
        );
    }
}
