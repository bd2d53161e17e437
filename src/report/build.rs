//! Which build of the program made a result.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The build of a program. A text is empty where nobody knows it, as in a result that an older version wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Build {
    /// The commit that was built, with `-dirty` behind it where a source was not as it is there; empty in a build for tests.
    pub commit: String,
    /// What the compiler says of its version.
    pub toolchain: String,
    /// SHA-256 of the `Cargo.lock` beside the sources, in hexadecimal.
    pub lock_file: String,
}

impl Build {
    /// The build that is running, as `packaging/build.rs` found it.
    #[must_use]
    pub fn this() -> Self {
        Self {
            commit: env!("ROLLCAST_COMMIT").into(),
            toolchain: env!("ROLLCAST_TOOLCHAIN").into(),
            lock_file: env!("ROLLCAST_LOCK_FILE").into(),
        }
    }

    /// What tells this build from others that may compute something else: 16 digits of a hash of the sources and the lock file. Two
    /// builds of the same sources have the same one, whenever and wherever they were made.
    #[must_use]
    pub fn id() -> &'static str {
        let sources = env!("ROLLCAST_SOURCES");
        sources.get(..16).unwrap_or(sources)
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |text: &str, unknown: &str| if text.is_empty() { unknown.to_owned() } else { text.to_owned() };
        let (commit, toolchain) = (or(&self.commit, "unknown"), or(&self.toolchain, "compiler unknown"));
        let lock_file = or(self.lock_file.get(..12).unwrap_or(&self.lock_file), "unknown");
        write!(f, "commit {commit}, {toolchain}, lock file {lock_file}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_said() {
        let unknown = Build::default();
        assert_eq!(unknown.to_string(), "commit unknown, compiler unknown, lock file unknown");
        let build =
            Build { commit: "ab".into(), toolchain: "rustc 1.95.0".into(), lock_file: "0123456789abcdef".into() };
        assert_eq!(build.to_string(), "commit ab, rustc 1.95.0, lock file 0123456789ab");
        assert_eq!(serde_json::from_str::<Build>("{}").unwrap(), unknown);
    }

    /// The lock file beside the sources is the one that was hashed, and a compiler made this test.
    #[test]
    fn this_build_knows_its_compiler_and_its_lock_file() {
        let build = Build::this();
        assert!(build.toolchain.starts_with("rustc "), "{build:?}");
        let lock_file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock");
        assert_eq!(build.lock_file, crate::report::hash::sha256_of(&lock_file).unwrap());
        assert!(Build::id().len() == 16 && Build::id().bytes().all(|byte| byte.is_ascii_hexdigit()), "{}", Build::id());
        let commit = build.commit.strip_suffix("-dirty").unwrap_or(&build.commit);
        assert!(matches!(commit.len(), 0 | 40) && commit.bytes().all(|b| b.is_ascii_hexdigit()), "{build:?}");
    }
}
