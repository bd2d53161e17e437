//! What a kubelet's event says of a pulled image.

use super::cell::{Cell, cell};

/// Seconds of `Successfully pulled image "x" in 1.234s (1.5s including waiting)`: without the wait for other pulls.
pub(crate) fn pull_seconds(message: &str) -> Option<f64> {
    let after = message.strip_prefix("Successfully pulled image ")?.split_once(" in ")?.1;
    match cell(after.split_whitespace().next()?.trim_end_matches('.')) {
        Ok(Cell::Seconds(seconds)) => Some(seconds),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_of_a_pull_has_its_duration() {
        let table = [
            (
                "Successfully pulled image \"a:1\" in 1.835s (1.9s including waiting). Image size: 48 bytes.",
                Some(1.835),
            ),
            ("Successfully pulled image \"a:1\" in 412ms (412ms including waiting)", Some(0.412)),
            ("Successfully pulled image \"a:1\" in 1m2.5s.", Some(62.5)),
            ("Container image \"a:1\" already present on machine", None),
            ("Pulling image \"a in 3s\"", None),
        ];
        for (message, expected) in table {
            let found = pull_seconds(message);
            let is_near = found.zip(expected).is_some_and(|(found, expected)| (found - expected).abs() < 1e-9);
            assert!(found == expected || is_near, "{message}: {found:?}");
        }
    }
}
