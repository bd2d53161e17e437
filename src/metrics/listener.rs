//! When each tool that waits for a rollout says that it is done or has failed: verdicts by the API server's state, seen at the tool's
//! own pace and within its patience.

use serde::{Deserialize, Serialize};

use crate::scenario::{AskedTool, Tool, Verdict};
use crate::time::{SimDuration, SimTime};

/// What a tool says of one rollout. Times are from the rollout's start. A record has one for each tool, so that they are small: a time
/// that never comes is the longest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saying {
    done: SimDuration,
    failed: SimDuration,
}

impl Default for Saying {
    fn default() -> Self {
        Self::new(None, None)
    }
}

impl Saying {
    fn new(done: Option<SimDuration>, failed: Option<SimDuration>) -> Self {
        Self { done: done.unwrap_or(SimDuration::MAX), failed: failed.unwrap_or(SimDuration::MAX) }
    }

    /// When it says that the rollout is done.
    #[must_use]
    pub fn done(&self) -> Option<SimDuration> {
        (self.done < SimDuration::MAX).then_some(self.done)
    }

    /// When it first reports a failure, or gives up. Argo CD may say later that the rollout is done.
    #[must_use]
    pub fn failed(&self) -> Option<SimDuration> {
        (self.failed < SimDuration::MAX).then_some(self.failed)
    }
}

/// What all tools say of one rollout, in the order of [`Tool::ALL`]. What nobody asked for is empty.
pub type Sayings = [Saying; Tool::ALL.len()];

/// A tool whose verdicts come in.
#[derive(Clone, Copy, Debug)]
struct Listener {
    asked: AskedTool,
    verdict: Verdict,
    /// Since when that is its verdict.
    since: SimDuration,
    saying: Saying,
}

impl Listener {
    /// Another verdict holds from `at` on.
    fn hear(&mut self, at: SimDuration, verdict: Verdict) {
        self.look(at);
        (self.verdict, self.since) = (verdict, at);
    }

    /// Takes note of what the tool has seen before `until`: a verdict that holds while it looks.
    fn look(&mut self, until: SimDuration) {
        let seen = next_look(self.since, self.asked.tool.period());
        let (done, failed) = (self.saying.done(), self.saying.failed());
        let is_over = done.is_some() || (failed.is_some() && self.asked.tool.gives_up());
        if is_over || seen >= until {
            return;
        }
        match self.verdict {
            Verdict::Waiting => {}
            Verdict::Done => self.saying.done = seen,
            Verdict::Failed => self.saying.failed = self.saying.failed.min(seen),
        }
    }

    /// What it says of a rollout that was followed until `end`. What holds then is taken to hold on; of what would come after it nothing
    /// is known.
    fn finish(mut self, end: SimDuration) -> Saying {
        self.look(SimDuration::MAX);
        let (done, failed) = (self.saying.done(), self.saying.failed());
        let said = if self.asked.tool.gives_up() { done.or(failed) } else { done };
        let Some(timeout) = self.asked.timeout else { return self.saying };
        let is_late = match said {
            Some(said) => said > timeout,
            None => timeout <= end,
        };
        if !is_late {
            return self.saying;
        }
        Saying::new(None, Some(failed.map_or(timeout, |failed| failed.min(timeout))))
    }
}

/// When a tool looks that looks once in each `period`, at `since` or after it.
fn next_look(since: SimDuration, period: SimDuration) -> SimDuration {
    if period.is_zero() {
        return since;
    }
    let (since, period) = (since.as_nanos(), period.as_nanos());
    SimDuration::from_nanos(since.div_ceil(period).saturating_mul(period))
}

/// All tools that somebody asks for.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    all: Vec<Listener>,
}

impl Listeners {
    /// Begins a run.
    pub(super) fn begin(&mut self, asked: &[AskedTool]) {
        self.all.clear();
        let waiting = |asked: &AskedTool| Listener {
            asked: *asked,
            verdict: Verdict::Waiting,
            since: SimDuration::ZERO,
            saying: Saying::default(),
        };
        self.all.extend(asked.iter().map(waiting));
    }

    /// The rollout begins: what was said before does not count.
    pub(super) fn restart(&mut self) {
        for listener in &mut self.all {
            *listener = Listener {
                verdict: Verdict::Waiting,
                since: SimDuration::ZERO,
                saying: Saying::default(),
                ..*listener
            };
        }
    }

    /// A tool comes to another verdict. The rollout began at `start`.
    #[cold]
    #[inline(never)]
    pub(super) fn hear(&mut self, start: SimTime, at: SimTime, tool: Tool, verdict: Verdict) {
        let own = self.all.iter_mut().find(|listener| listener.asked.tool == tool);
        if let Some(listener) = own.filter(|_| !start.is_never()) {
            listener.hear(at.since(start), verdict);
        }
    }

    /// What they say of a rollout that was followed until `end`.
    pub(super) fn finish(&self, end: SimDuration) -> Sayings {
        let mut sayings = Sayings::default();
        for listener in &self.all {
            sayings[listener.asked.tool as usize] = listener.finish(end);
        }
        sayings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: f64) -> SimDuration {
        SimDuration::from_secs_f64(seconds)
    }

    /// Verdicts by their times; what is said in the end, in seconds.
    fn said(tool: Tool, timeout: Option<f64>, verdicts: &[(f64, Verdict)], end: f64) -> [Option<f64>; 2] {
        let mut listeners = Listeners::default();
        listeners.begin(&[AskedTool { tool, timeout: timeout.map(seconds) }]);
        let start = SimTime::from_secs(1000);
        for (at, verdict) in verdicts {
            listeners.hear(start, start + seconds(*at), tool, *verdict);
        }
        let saying = listeners.finish(seconds(end))[tool as usize];
        [saying.done(), saying.failed()].map(|one| one.map(SimDuration::as_secs_f64))
    }

    use Verdict::{Done, Failed, Waiting};

    #[test]
    fn those_that_watch_see_at_once_and_others_when_they_look() {
        for (tool, seen) in
            [(Tool::KubectlWait, 3.3), (Tool::Helm3, 4.0), (Tool::Helm4, 3.3), (Tool::ArgoCd, 3.3), (Tool::Flux, 5.0)]
        {
            assert_eq!(said(tool, None, &[(3.3, Done)], 20.0), [Some(seen), None], "{tool:?}");
        }
        assert_eq!(said(Tool::Helm3, None, &[(4.0, Done)], 20.0), [Some(4.0), None], "at the very moment");
    }

    #[test]
    fn what_does_not_last_until_the_next_look_is_not_seen() {
        let flicker = [(2.5, Done), (3.5, Waiting), (7.0, Done)];
        assert_eq!(said(Tool::Helm3, None, &flicker, 20.0), [Some(8.0), None]);
        assert_eq!(said(Tool::Helm4, None, &flicker, 20.0), [Some(2.5), None]);
        assert_eq!(said(Tool::Helm4, None, &[(2.5, Done), (2.5, Waiting)], 20.0), [None, None]);
    }

    #[test]
    fn the_first_word_counts() {
        assert_eq!(said(Tool::Helm4, None, &[(2.0, Failed), (9.0, Done)], 20.0), [None, Some(2.0)]);
        assert_eq!(said(Tool::Helm4, None, &[(2.0, Done), (9.0, Failed)], 20.0), [Some(2.0), None]);
        assert_eq!(said(Tool::ArgoCd, None, &[(2.0, Failed), (9.0, Done)], 20.0), [Some(9.0), Some(2.0)]);
    }

    #[test]
    fn patience_ends() {
        assert_eq!(said(Tool::Helm3, Some(5.0), &[(4.5, Done)], 20.0), [None, Some(5.0)], "it would look at 6 s");
        assert_eq!(said(Tool::Helm3, Some(6.0), &[(4.5, Done)], 20.0), [Some(6.0), None]);
        assert_eq!(said(Tool::Helm3, Some(5.0), &[], 20.0), [None, Some(5.0)]);
        assert_eq!(said(Tool::Helm3, Some(50.0), &[], 20.0), [None, None], "the horizon came first");
        assert_eq!(said(Tool::Helm4, Some(5.0), &[(7.0, Failed)], 20.0), [None, Some(5.0)]);
        assert_eq!(said(Tool::Helm4, Some(9.0), &[(7.0, Failed)], 20.0), [None, Some(7.0)]);
        assert_eq!(said(Tool::ArgoCd, Some(9.0), &[(7.0, Failed)], 20.0), [None, Some(7.0)]);
    }

    #[test]
    fn what_is_said_before_the_start_does_not_count() {
        let mut listeners = Listeners::default();
        listeners.begin(&[AskedTool { tool: Tool::Helm4, timeout: None }]);
        listeners.hear(SimTime::NEVER, SimTime::from_secs(1), Tool::Helm4, Done);
        assert_eq!(listeners.finish(seconds(5.0)), Sayings::default());
        let start = SimTime::from_secs(10);
        listeners.hear(start, SimTime::from_secs(11), Tool::Helm4, Done);
        listeners.restart();
        listeners.hear(start, SimTime::from_secs(12), Tool::ArgoCd, Done);
        assert_eq!(listeners.finish(seconds(5.0)), Sayings::default());
    }
}
