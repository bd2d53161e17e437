//! Symbolic links. Rollcast writes nothing through them, because a link may lead to files of somebody else.

use std::io;
use std::path::{Component, Path, PathBuf};

/// Whether `path` itself is a link. The directories above it may be links.
///
/// # Errors
/// When the system does not say. A path where nothing exists is no link.
pub(super) fn is_link(path: &Path) -> io::Result<bool> {
    // With a slash at its end, a path means what the link leads to, not the link.
    let path: PathBuf = path.components().collect();
    match path.symlink_metadata() {
        Ok(found) => Ok(found.is_symlink()),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The directory `place`, every directory on the way from there to the file `path` in it, and the file.
pub(super) fn way(place: &Path, path: &str) -> Vec<PathBuf> {
    let mut way = vec![place.to_owned()];
    let mut inside = place.to_owned();
    for part in Path::new(path).components() {
        if let Component::Normal(name) = part {
            inside.push(name);
            way.push(inside.clone());
        }
    }
    way
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_distinguished_from_their_targets() {
        let scratch = tempfile::tempdir().unwrap();
        let place = scratch.path().join("place");
        fs::create_dir_all(place.join("charts")).unwrap();
        fs::write(place.join("charts/a.svg"), "").unwrap();
        symlink(&place, scratch.path().join("link")).unwrap();
        symlink("nowhere", place.join("dangling")).unwrap();
        let link = scratch.path().join("link");
        for one in [link.clone(), link.join(""), link.join("."), place.join("dangling")] {
            assert!(is_link(&one).unwrap(), "{}", one.display());
        }
        for none in [place.clone(), link.join("charts"), place.join("none"), place.join("charts/a.svg/none")] {
            assert!(!is_link(&none).unwrap(), "{}", none.display());
        }
        assert_eq!(way(&place, "charts/./a.svg"), [place.clone(), place.join("charts"), place.join("charts/a.svg")]);
    }
}
