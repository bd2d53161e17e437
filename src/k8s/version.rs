//! Versions of Kubernetes, and which features a forecast depends on that not all of them have.
//!
//! Upstream: `pkg/features/kube_features.go`, `pkg/scheduler/backend/queue`,
//! `pkg/controller/nodelifecycle/config/v1alpha1/defaults.go`, `CHANGELOG-1.36.md`.

use std::fmt;

/// The part of a version that stands for the latest patch.
const LATEST: u16 = u16::MAX;

/// A version 1.x of Kubernetes, with its patch or the latest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    minor: u16,
    patch: u16,
}

impl Version {
    /// The oldest version whose rules are known here.
    pub const OLDEST: Self = Self { minor: 28, patch: LATEST };

    /// The newest one, whose rules hold where no version is given.
    pub const NEWEST: Self = Self { minor: 36, patch: LATEST };

    /// The version that a text such as `1.31`, `1.33.2` or `v1.33.2-eks-1de2ab1` names; `None`: it names none. A minor version alone
    /// stands for its latest patch.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number = |part: &str| {
            let digits = (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| part.parse().ok()).flatten()
        };
        let text = text.strip_prefix('v').unwrap_or(text);
        let text = text.split(['-', '+']).next().unwrap_or(text);
        let mut parts = text.strip_prefix("1.")?.split('.');
        let minor = number(parts.next()?)?;
        let patch = parts.next().map_or(Some(LATEST), number)?;
        parts.next().is_none().then_some(Self { minor, patch })
    }

    /// The latest patch of its minor version.
    #[must_use]
    pub const fn latest_patch(self) -> Self {
        Self { patch: LATEST, ..self }
    }

    /// The version nearest to it whose rules are known here; it is itself where it is one of them.
    #[must_use]
    pub fn nearest(self) -> Self {
        match self.minor {
            minor if minor < Self::OLDEST.minor => Self::OLDEST,
            minor if minor > Self::NEWEST.minor => Self::NEWEST,
            _ => self,
        }
    }

    const fn is_at_least(self, minor: u16, patch: u16) -> bool {
        self.minor > minor || (self.minor == minor && self.patch >= patch)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.patch {
            LATEST => write!(formatter, "1.{}", self.minor),
            patch => write!(formatter, "1.{}.{patch}", self.minor),
        }
    }
}

/// Something that some versions do otherwise than others, and that a forecast depends on. Its name is that of the feature gate where it
/// has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// `matchLabelKeys` and `mismatchLabelKeys` in terms of affinity between pods.
    MatchLabelKeysInPodAffinity,
    /// `maxUnavailable` of a StatefulSet has an effect.
    MaxUnavailableStatefulSet,
    /// Requests and limits of a pod as a whole.
    PodLevelResources,
    /// The action `sleep` of hooks.
    PodLifecycleSleepAction,
    /// A `sleep` of zero seconds.
    PodLifecycleSleepActionAllowZero,
    /// A pod that backs off is tried when no other pod waits.
    SchedulerPopFromBackoffQ,
    /// Init containers with `restartPolicy: Always`.
    SidecarContainers,
    /// The StatefulSet controller looks again when the next pod becomes available, and not `minReadySeconds` after its last look.
    ExactAvailabilityOfStatefulSets,
    /// A node counts as silent after 50 s, and not after 40 s (`--node-monitor-grace-period`).
    LongerNodeMonitorGrace,
}

/// Whether a version has a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Off,
    On,
    /// On, and the gate cannot be set any more.
    Locked,
}

/// A feature, and what it is from which version (minor and patch) on. Before the first of them no version knows it.
struct Row {
    feature: Feature,
    /// The name of its feature gate; empty: it has none.
    gate: &'static str,
    history: &'static [(u16, u16, Stage)],
}

impl Row {
    /// What it is in a version; `None`: the version does not know it.
    fn stage(&self, version: Version) -> Option<Stage> {
        let so_far = self.history.iter().take_while(|(minor, patch, _)| version.is_at_least(*minor, *patch));
        so_far.last().map(|(.., stage)| *stage)
    }
}

const ROWS: &[Row] = &[
    Row {
        feature: Feature::MatchLabelKeysInPodAffinity,
        gate: "MatchLabelKeysInPodAffinity",
        history: &[(29, 0, Stage::Off), (31, 0, Stage::On), (33, 0, Stage::Locked)],
    },
    Row {
        feature: Feature::MaxUnavailableStatefulSet,
        gate: "MaxUnavailableStatefulSet",
        history: &[(24, 0, Stage::Off), (35, 0, Stage::On), (35, 4, Stage::Off)],
    },
    Row {
        feature: Feature::PodLevelResources,
        gate: "PodLevelResources",
        history: &[(32, 0, Stage::Off), (34, 0, Stage::On)],
    },
    Row {
        feature: Feature::PodLifecycleSleepAction,
        gate: "PodLifecycleSleepAction",
        history: &[(29, 0, Stage::Off), (30, 0, Stage::On), (34, 0, Stage::Locked)],
    },
    Row {
        feature: Feature::PodLifecycleSleepActionAllowZero,
        gate: "PodLifecycleSleepActionAllowZero",
        history: &[(32, 0, Stage::Off), (33, 0, Stage::On), (34, 0, Stage::Locked)],
    },
    Row {
        feature: Feature::SchedulerPopFromBackoffQ,
        gate: "SchedulerPopFromBackoffQ",
        history: &[(33, 0, Stage::On)],
    },
    Row {
        feature: Feature::SidecarContainers,
        gate: "SidecarContainers",
        history: &[(28, 0, Stage::Off), (29, 0, Stage::On), (33, 0, Stage::Locked)],
    },
    Row { feature: Feature::ExactAvailabilityOfStatefulSets, gate: "", history: &[(36, 0, Stage::On)] },
    Row { feature: Feature::LongerNodeMonitorGrace, gate: "", history: &[(32, 0, Stage::On)] },
];

/// Why a feature gate cannot be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateError {
    /// The version does not know it.
    Unknown,
    /// It is always on there.
    Locked,
}

/// The version of a cluster, and which features it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kubernetes {
    version: Version,
    /// A bit for each feature.
    features: u16,
}

impl Default for Kubernetes {
    /// The newest version.
    fn default() -> Self {
        Self::of(Version::NEWEST)
    }
}

impl Kubernetes {
    /// A version with its default feature gates.
    #[must_use]
    pub fn of(version: Version) -> Self {
        let mut kubernetes = Self { version, features: 0 };
        for row in ROWS {
            kubernetes.switch(row.feature, matches!(row.stage(version), Some(Stage::On | Stage::Locked)));
        }
        kubernetes
    }

    /// The version.
    #[must_use]
    pub const fn version(self) -> Version {
        self.version
    }

    /// Whether it has a feature.
    #[must_use]
    pub const fn has(self, feature: Feature) -> bool {
        self.features & 1 << feature as u16 != 0
    }

    /// Whether the version knows a feature, be it on or off.
    #[must_use]
    pub fn knows(self, feature: Feature) -> bool {
        ROWS.iter().any(|row| row.feature == feature && row.stage(self.version).is_some())
    }

    fn switch(&mut self, feature: Feature, on: bool) {
        let bit = 1 << feature as u16;
        self.features = if on { self.features | bit } else { self.features & !bit };
    }

    /// Sets a feature gate, in place of the version's default.
    ///
    /// # Errors
    ///
    /// Where the version does not know the gate, or does not let it be switched off any more.
    pub fn set_gate(&mut self, gate: &str, on: bool) -> Result<(), GateError> {
        let row = ROWS.iter().find(|row| !row.gate.is_empty() && row.gate == gate).ok_or(GateError::Unknown)?;
        match row.stage(self.version) {
            None => Err(GateError::Unknown),
            Some(Stage::Locked) if !on => Err(GateError::Locked),
            Some(_) => {
                self.switch(row.feature, on);
                Ok(())
            }
        }
    }
}

/// Names of the feature gates that a forecast depends on.
pub fn gates() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|row| row.gate).filter(|gate| !gate.is_empty())
}

impl Feature {
    /// The name of its feature gate; empty where it has none.
    #[must_use]
    pub fn gate(self) -> &'static str {
        ROWS.iter().find(|row| row.feature == self).map_or("", |row| row.gate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn versions_are_read_as_people_and_kubelets_write_them() {
        for (text, read) in [
            ("1.31", "1.31"),
            ("v1.31", "1.31"),
            ("1.33.2", "1.33.2"),
            ("v1.31.7-eks-473151a", "1.31.7"),
            ("v1.30.4+k3s1", "1.30.4"),
            ("1.36.0-rc.1", "1.36.0"),
            ("1.27", "1.27"),
        ] {
            assert_eq!(version(text).to_string(), read);
        }
        for text in ["", "1", "1.", "2.31", "1.31.", "1.31.2.1", "1.x", "1.31.x", "latest", "1.+3", "31", "1.3100000"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
        assert_eq!(
            ["1.27.3", "1.28.1", "1.40"].map(|text| version(text).nearest().to_string()),
            ["1.28", "1.28.1", "1.36"]
        );
    }

    #[test]
    fn a_minor_version_alone_is_its_latest_patch() {
        assert!(version("1.35") > version("1.35.4") && version("1.35") < version("1.36.0"));
        assert_eq!(version("1.35.0").latest_patch(), version("1.35"));
    }

    /// Rule book, section H.
    #[test]
    fn features_come_and_go_with_versions() {
        let versions = ["1.28", "1.29", "1.30", "1.31", "1.32", "1.33", "1.34", "1.35.3", "1.35", "1.36"];
        for (feature, expected) in [
            (Feature::MatchLabelKeysInPodAffinity, "...#######"),
            (Feature::MaxUnavailableStatefulSet, ".......#.."),
            (Feature::PodLevelResources, "......####"),
            (Feature::PodLifecycleSleepAction, "..########"),
            (Feature::PodLifecycleSleepActionAllowZero, ".....#####"),
            (Feature::SchedulerPopFromBackoffQ, ".....#####"),
            (Feature::SidecarContainers, ".#########"),
            (Feature::ExactAvailabilityOfStatefulSets, ".........#"),
            (Feature::LongerNodeMonitorGrace, "....######"),
        ] {
            let has = |text: &&str| if Kubernetes::of(version(text)).has(feature) { '#' } else { '.' };
            assert_eq!(versions.iter().map(has).collect::<String>(), expected, "{feature:?}");
        }
        assert_eq!(Kubernetes::default(), Kubernetes::of(version("1.36")));
        assert_eq!(ROWS.len(), 9, "a row above for each feature");
    }

    #[test]
    fn a_gate_is_set_only_where_the_version_has_it() {
        let set = |text: &str, gate: &str, on: bool| {
            let mut kubernetes = Kubernetes::of(version(text));
            kubernetes.set_gate(gate, on).map(|()| kubernetes)
        };
        let has =
            |text, on| set(text, "MaxUnavailableStatefulSet", on).unwrap().has(Feature::MaxUnavailableStatefulSet);
        assert!(has("1.28", true) && has("1.36", true) && has("1.35.1", true));
        assert!(!has("1.35.1", false) && !has("1.36", false));
        assert_eq!(set("1.32", "SchedulerPopFromBackoffQ", true), Err(GateError::Unknown));
        assert_eq!(set("1.28", "MatchLabelKeysInPodAffinity", false), Err(GateError::Unknown));
        assert_eq!(set("1.34", "SidecarContainers", false), Err(GateError::Locked));
        assert_eq!(set("1.34", "SidecarContainers", true), Ok(Kubernetes::of(version("1.34"))));
        assert_eq!(set("1.36", "", true), Err(GateError::Unknown));
        assert_eq!(set("1.36", "Other", true), Err(GateError::Unknown));
        for gate in gates() {
            assert_eq!(set("1.36", gate, true).map(|_| ()), Ok(()), "{gate}");
        }
    }

    #[test]
    fn a_feature_is_known_before_it_is_on_and_has_the_name_of_its_gate() {
        let knows = |text: &str, feature| Kubernetes::of(version(text)).knows(feature);
        let feature = Feature::MatchLabelKeysInPodAffinity;
        assert_eq!(["1.28", "1.29", "1.36"].map(|text| knows(text, feature)), [false, true, true]);
        assert_eq!(["1.31", "1.32"].map(|text| knows(text, Feature::LongerNodeMonitorGrace)), [false, true]);
        assert_eq!(feature.gate(), "MatchLabelKeysInPodAffinity");
        assert_eq!(Feature::SidecarContainers.gate(), "SidecarContainers");
        assert_eq!(Feature::LongerNodeMonitorGrace.gate(), "");
    }
}
