//! The number of replicas that a CPU utilisation requires.
//!
//! Upstream: `pkg/controller/podautoscaler/replica_calculator.go: GetResourceReplicas, groupPods`;
//! `pkg/controller/podautoscaler/metrics/utilization.go: GetResourceUtilizationRatio`.

use crate::time::{SimDuration, SimTime};

/// `--horizontal-pod-autoscaler-cpu-initialization-period`
pub const CPU_INITIALIZATION_PERIOD: SimDuration = SimDuration::from_secs(300);
/// `--horizontal-pod-autoscaler-initial-readiness-delay`
pub const INITIAL_READINESS_DELAY: SimDuration = SimDuration::from_secs(30);
/// `--horizontal-pod-autoscaler-tolerance`
pub const TOLERANCE: f64 = 0.1;

/// For how long after its start a pod's state and measurements are not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// A pod younger than this counts only while Ready, and only by measurements that began after it became Ready.
    pub cpu_initialization: SimDuration,
    /// A pod that stopped being Ready less than this after its start counts as never Ready.
    pub initial_readiness: SimDuration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { cpu_initialization: CPU_INITIALIZATION_PERIOD, initial_readiness: INITIAL_READINESS_DELAY }
    }
}

/// The size stays while the ratio of utilisation to target is this close to 1; shares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerances {
    /// Tolerance for a ratio below 1.
    pub scale_down: f64,
    /// Tolerance for a ratio above 1.
    pub scale_up: f64,
}

impl Tolerances {
    fn contain(self, ratio: f64) -> bool {
        (1.0 - self.scale_down..=1.0 + self.scale_up).contains(&ratio)
    }
}

/// A pod as the autoscaler sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PodView {
    /// Whether it has a deletion timestamp or has failed; it then does not count.
    pub leaving: bool,
    /// Whether its phase is Pending.
    pub pending: bool,
    /// Whether its Ready condition is True.
    pub ready: bool,
    /// When its Ready condition last changed.
    pub ready_changed: SimTime,
    /// `status.startTime`
    pub started: SimTime,
    /// The usage that was measured; `None`: none is known.
    pub sample: Option<Sample>,
}

/// A measured usage of CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Usage in thousandths of the pod's request.
    pub usage: i64,
    /// End of the time over which the usage was measured.
    pub at: SimTime,
    /// Length of that time.
    pub window: SimDuration,
}

/// How many pods the calculation counted in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Pods that count by their samples.
    pub ready: u32,
    /// Pods that are too young or not Ready.
    pub unready: u32,
    /// Pods without a sample.
    pub missing: u32,
}

/// The result of the calculation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Replicas wanted.
    pub replicas: i32,
    /// Utilisation of the pods that count, in percent of their requests.
    pub utilization: i64,
    /// How the pods were counted.
    pub count: Count,
}

/// A pod's request, in thousandths of itself: all requests are equal, so they cancel out of every ratio.
const REQUEST: i64 = 1000;

/// Usage and number of the pods that count.
#[derive(Clone, Copy)]
struct Sum {
    usage: i64,
    pods: i64,
}

impl Sum {
    fn percent(self) -> i64 {
        self.usage * 100 / (self.pods * REQUEST)
    }
}

/// Replicas for `target` percent of the pods' requests; `None` where no pod that counts has a sample.
#[must_use]
pub fn resource_replicas(
    current: i32,
    target: i32,
    tolerances: Tolerances,
    patience: Patience,
    pods: &[PodView],
    now: SimTime,
) -> Option<Proposal> {
    let (count, sum) = group(pods, patience, now);
    if sum.pods == 0 {
        return None;
    }
    let propose = |replicas| Some(Proposal { replicas, utilization: sum.percent(), count });
    let ratio = |sum: Sum| sum.percent() as f64 / f64::from(target);
    let first = ratio(sum);
    let with_unready = count.unready > 0 && first > 1.0;
    if !with_unready && count.missing == 0 {
        return propose(if tolerances.contain(first) { current } else { ceil(first * f64::from(count.ready)) });
    }
    let mut filled = sum;
    if count.missing > 0 && first < 1.0 {
        filled.usage += i64::from(count.missing) * REQUEST * i64::from(target.max(100)) / 100;
        filled.pods += i64::from(count.missing);
    } else if count.missing > 0 && first > 1.0 {
        filled.pods += i64::from(count.missing);
    }
    if with_unready {
        filled.pods += i64::from(count.unready);
    }
    let second = ratio(filled);
    if tolerances.contain(second) || (first < 1.0 && second > 1.0) || (first > 1.0 && second < 1.0) {
        return propose(current);
    }
    let replicas = ceil(second * filled.pods as f64);
    let backwards = (second < 1.0 && replicas > current) || (second > 1.0 && replicas < current);
    propose(if backwards { current } else { replicas })
}

fn group(pods: &[PodView], patience: Patience, now: SimTime) -> (Count, Sum) {
    let (mut count, mut sum) = (Count::default(), Sum { usage: 0, pods: 0 });
    for pod in pods.iter().filter(|pod| !pod.leaving) {
        match pod.sample {
            _ if pod.pending => count.unready += 1,
            None => count.missing += 1,
            Some(sample) if unready(pod, sample, patience, now) => count.unready += 1,
            Some(sample) => {
                count.ready += 1;
                sum.usage += sample.usage;
                sum.pods += 1;
            }
        }
    }
    (count, sum)
}

fn unready(pod: &PodView, sample: Sample, patience: Patience, now: SimTime) -> bool {
    if pod.started + patience.cpu_initialization > now {
        !pod.ready || sample.at < pod.ready_changed + sample.window
    } else {
        !pod.ready && pod.started + patience.initial_readiness > pod.ready_changed
    }
}

fn ceil(replicas: f64) -> i32 {
    replicas.ceil() as i32
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::k8s::tests::vectors::{boolean, cases, int, list};

    /// The lengths of time that upstream's tests use.
    const PATIENCE: Patience =
        Patience { cpu_initialization: SimDuration::from_secs(120), initial_readiness: SimDuration::from_secs(10) };
    const NOW: SimTime = SimTime::from_secs(1_000_000);

    fn milli(values: &Value) -> Option<i64> {
        list(values).iter().map(Value::as_i64).sum()
    }

    fn view(pod: &Value, metrics: &[Value]) -> PodView {
        let sample = metrics.iter().find(|metric| metric["pod"] == pod["name"]).map(|metric| {
            let (usage, request) =
                (milli(&metric["usageMilliPerContainer"]), milli(&pod["cpuRequestMilliPerContainer"]));
            Sample {
                usage: usage.unwrap() * REQUEST / request.unwrap(),
                at: SimTime::ZERO,
                window: SimDuration::from_secs(60),
            }
        });
        PodView {
            leaving: boolean(&pod["deletionTimestampSet"]) || pod["phase"] == "Failed",
            pending: pod["phase"] == "Pending",
            ready: boolean(&pod["ready"]),
            ready_changed: SimTime::ZERO,
            started: pod["startedSecondsAgo"].as_u64().map_or(SimTime::ZERO, |ago| SimTime::from_secs(1_000_000 - ago)),
            sample,
        }
    }

    /// Upstream's own cases about the CPU of whole pods that all have the same request.
    #[test]
    fn upstreams_table() {
        let mut checked = 0;
        for case in cases(include_str!("../../tests/vectors/hpa_replica_calculator.json")) {
            let input = &case["input"];
            let pods = list(&input["pods"]);
            let requests: Vec<_> = pods.iter().map(|pod| milli(&pod["cpuRequestMilliPerContainer"])).collect();
            let known = requests.iter().all(|sum| *sum == requests[0] && sum.is_some_and(|sum| sum > 0));
            let whole = input["metricType"] == "resource" && input["resource"] == "cpu" && input["container"].is_null();
            let target = int(&input["targetUtilizationPercent"]);
            if !whole || !known || target == 0 || boolean(&input["needsInt64"]) {
                continue;
            }
            let tolerance = |key: &str| input["tolerance"][key].as_f64().unwrap();
            let tolerances = Tolerances { scale_down: tolerance("scaleDown"), scale_up: tolerance("scaleUp") };
            let views: Vec<_> = pods.iter().map(|pod| view(pod, list(&input["podMetrics"]))).collect();
            let found = resource_replicas(int(&input["currentReplicas"]), target, tolerances, PATIENCE, &views, NOW);
            let expected = &case["expected"];
            let name = &case["name"];
            assert_eq!(found.is_none(), boolean(&expected["error"]), "{name}");
            if let Some(found) = found {
                assert_eq!(found.replicas, int(&expected["replicas"]), "{name}");
                assert_eq!(found.utilization, expected["utilizationPercent"].as_i64().unwrap(), "{name}");
            }
            checked += 1;
        }
        assert_eq!(checked, 25);
    }

    fn pod(ready: bool, age: u64, ready_for: u64, usage: Option<i64>) -> PodView {
        let at = |ago: u64| SimTime::from_secs(1_000_000 - ago);
        let window = SimDuration::from_secs(15);
        PodView {
            leaving: false,
            pending: false,
            ready,
            ready_changed: at(ready_for),
            started: at(age),
            sample: usage.map(|usage| Sample { usage, at: at(5), window }),
        }
    }

    /// A pod counts once a whole window lies after the instant at which it became Ready; a pod older than five minutes
    /// always counts, unless it was never Ready.
    #[test]
    fn young_pods_wait_for_a_window_of_their_own() {
        let table = [
            (pod(true, 100, 19, Some(0)), false),
            (pod(true, 100, 20, Some(0)), true),
            (pod(false, 100, 60, Some(0)), false),
            (pod(true, 299, 5, Some(0)), false),
            (pod(true, 300, 5, Some(0)), true),
            (pod(true, 301, 5, Some(0)), true),
            (pod(false, 301, 301, Some(0)), false),
            (pod(false, 301, 271, Some(0)), true),
        ];
        for (pod, counts) in table {
            let (count, _) = group(&[pod], Patience::default(), NOW);
            assert_eq!((count.ready, count.unready), (u32::from(counts), u32::from(!counts)), "{pod:?}");
        }
    }

    /// Pods without a sample count as if they used nothing where the size would grow, and as if they used all that they
    /// request, or the target where that is more, where it would shrink. Pods that are not Ready count as if they used
    /// nothing where the size would grow. What these turn around leaves the size as it is.
    #[test]
    fn pods_that_are_not_measured_hold_the_size_back() {
        // Size and target, pods that are measured and their usage in percent, pods without a sample, unready pods: the size.
        let table = [
            ((4, 50), (3, 50), 1, 0, 4, "exactly the target: nothing is filled in"),
            ((4, 50), (3, 50), 0, 1, 4, "exactly the target: the unready pod does not count"),
            ((4, 50), (4, 100), 0, 0, 8, "twice the target"),
            ((4, 50), (4, 25), 0, 0, 2, "half the target"),
            ((4, 50), (4, 55), 0, 0, 4, "just within the tolerance above"),
            ((4, 50), (4, 56), 0, 0, 5, "beyond it: ceil(1.12 * 4)"),
            ((4, 50), (4, 45), 0, 0, 4, "just within the tolerance below"),
            ((4, 50), (3, 10), 0, 1, 1, "an unready pod does not hold up what shrinks: ceil(0.2 * 3)"),
            ((8, 50), (7, 10), 1, 0, 4, "(70 + 100) / 8 is 21 percent: ceil(0.42 * 8)"),
            ((8, 50), (6, 10), 2, 2, 6, "(60 + 200) / 8 is 32 percent; unready pods do not count: ceil(0.64 * 8)"),
            ((3, 150), (2, 30), 1, 0, 2, "(60 + 150) / 3 is 70 percent: ceil(70 / 150 * 3)"),
            ((4, 50), (3, 100), 1, 0, 6, "300 / 4 is 75 percent: ceil(1.5 * 4)"),
            ((4, 50), (3, 100), 0, 1, 6, "the same with an unready pod"),
            ((8, 50), (7, 60), 1, 0, 8, "420 / 8 is 52 percent, within the tolerance"),
            ((8, 50), (7, 60), 0, 1, 8, "the same with an unready pod"),
            ((6, 50), (3, 150), 1, 2, 9, "450 / 6 is 75 percent: ceil(1.5 * 6)"),
            ((4, 50), (2, 20), 2, 0, 4, "shrinking turns into growing: (40 + 200) / 4 is 60 percent"),
            ((8, 50), (4, 60), 4, 0, 8, "growing turns into shrinking: 240 / 8 is 30 percent"),
            ((8, 50), (4, 60), 0, 4, 8, "the same with unready pods"),
            ((2, 50), (7, 20), 1, 0, 2, "more pods than the size: shrinking to ceil(0.6 * 8) would grow"),
            ((10, 50), (2, 150), 0, 1, 10, "fewer pods than the size: growing to ceil(2 * 3) would shrink"),
        ];
        let tolerances = Tolerances { scale_down: 0.1, scale_up: 0.1 };
        for ((current, target), (measured, percent), missing, unready, expected, why) in table {
            let mut pods = vec![pod(true, 1000, 900, Some(percent * 10)); measured];
            pods.extend(vec![pod(true, 1000, 900, None); missing]);
            pods.extend(vec![pod(false, 100, 60, Some(0)); unready]);
            let found = resource_replicas(current, target, tolerances, Patience::default(), &pods, NOW).unwrap();
            assert_eq!(found.replicas, expected, "{why}");
            let count = Count { ready: measured as u32, unready: unready as u32, missing: missing as u32 };
            assert_eq!((found.utilization, found.count), (percent, count), "{why}");
        }
    }

    #[test]
    fn pods_that_leave_do_not_count_and_pending_ones_are_unready() {
        let mut leaving = pod(true, 1000, 900, Some(1000));
        leaving.leaving = true;
        let mut pending = pod(true, 1000, 900, Some(1000));
        pending.pending = true;
        let (count, _) = group(&[leaving, pending], Patience::default(), NOW);
        assert_eq!(count, Count { ready: 0, unready: 1, missing: 0 });
        let tolerances = Tolerances { scale_down: 0.1, scale_up: 0.1 };
        assert_eq!(resource_replicas(2, 50, tolerances, Patience::default(), &[leaving, pending], NOW), None);
    }
}
