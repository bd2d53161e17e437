//! A workload by its name.

use crate::input::tree::error::quoted;
use crate::input::tree::near::nearest;

/// The place of the workload that is called `[NAMESPACE/]NAME` among `names`, which are full.
pub(crate) fn named<'n>(names: impl Iterator<Item = &'n str> + Clone, wanted: &str) -> Result<usize, String> {
    let short = |name: &'n str| name.split_once('/').map_or(name, |(_, short)| short);
    let is_it = |name: &'n str| name == wanted || short(name) == wanted;
    let found: Vec<(usize, &str)> = names.clone().enumerate().filter(|(_, name)| is_it(name)).collect();
    match found[..] {
        [(number, _)] => Ok(number),
        [] => {
            let candidates: Vec<&str> = names.clone().chain(names.clone().map(short)).collect();
            Err(match nearest(wanted, &candidates) {
                Some(near) => format!("no workload is called {}; did you mean `{near}`?", quoted(wanted)),
                None => {
                    let all: Vec<&str> = names.take(30).collect();
                    format!("no workload is called {}; there are: {}", quoted(wanted), all.join(", "))
                }
            })
        }
        _ => {
            let found: Vec<&str> = found.into_iter().map(|(_, name)| name).collect();
            Err(format!("several workloads are called {}: write one of {}", quoted(wanted), found.join(", ")))
        }
    }
}
