//! ControllerRevisions: how StatefulSets and DaemonSets remember their templates.
//!
//! Upstream: `pkg/controller/history/controller_history.go`, `statefulset/stateful_set_control.go: getStatefulSetRevisions,
//! truncateHistory`, `daemon/update.go: constructHistory, cleanupHistory`. A revision's name follows from its template, so that a
//! template stands for the name here.

use crate::k8s::objects::Template;

/// A ControllerRevision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControllerRevision {
    /// The template that it holds.
    pub template: Template,
    /// `revision`: the highest one is the newest.
    pub number: i64,
}

/// What a controller writes so that the revision of its template is the newest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevisionWrite {
    /// Nothing: it is.
    None,
    /// POST of a new revision.
    Create(ControllerRevision),
    /// PUT of an older revision with a higher number. Pods that were made from it count as updated from then on.
    Renumber(ControllerRevision),
}

/// The write that makes the revision of `template` the newest of `revisions`, which may be in any order.
#[must_use]
pub fn make_newest(revisions: &[ControllerRevision], template: Template) -> RevisionWrite {
    let newest = revisions.iter().max_by_key(|revision| revision.number);
    let number = newest.map_or(1, |newest| newest.number + 1);
    match newest {
        Some(newest) if newest.template == template => RevisionWrite::None,
        _ if revisions.iter().any(|revision| revision.template == template) => {
            RevisionWrite::Renumber(ControllerRevision { template, number })
        }
        _ => RevisionWrite::Create(ControllerRevision { template, number }),
    }
}

/// The revisions that the controller deletes, oldest first, so that `limit` of those that are not `live` remain. A negative limit
/// keeps all.
///
/// A StatefulSet's live revisions are those of its status and of its pods; a DaemonSet's, the newest and those of its pods.
pub fn superfluous<'a>(
    revisions: &'a [ControllerRevision],
    live: impl Fn(Template) -> bool + 'a,
    limit: i32,
) -> Vec<&'a ControllerRevision> {
    let mut history: Vec<_> = revisions.iter().filter(|revision| !live(revision.template)).collect();
    history.sort_by_key(|revision| revision.number);
    let kept = if limit < 0 { history.len() } else { limit as usize };
    history.truncate(history.len().saturating_sub(kept));
    history
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision(template: Template, number: i64) -> ControllerRevision {
        ControllerRevision { template, number }
    }

    #[test]
    fn a_rollback_raises_the_number_of_the_old_revision() {
        assert_eq!(make_newest(&[], 0), RevisionWrite::Create(revision(0, 1)));
        let two = [revision(0, 1), revision(1, 2)];
        assert_eq!(make_newest(&two, 1), RevisionWrite::None);
        assert_eq!(make_newest(&two, 0), RevisionWrite::Renumber(revision(0, 3)));
        assert_eq!(make_newest(&two, 2), RevisionWrite::Create(revision(2, 3)));
    }

    #[test]
    fn the_oldest_that_nobody_uses_go() {
        let all: Vec<_> = (0..6).map(|number| revision(number as Template, number)).collect();
        let gone = |limit| {
            superfluous(&all, |template| template == 1 || template == 5, limit)
                .iter()
                .map(|one| one.number)
                .collect::<Vec<_>>()
        };
        assert_eq!(gone(2), [0, 2]);
        assert_eq!(gone(0), [0, 2, 3, 4]);
        assert_eq!(gone(9), [0_i64; 0]);
        assert_eq!(gone(-1), [0_i64; 0]);
    }
}
