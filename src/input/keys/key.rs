//! The row of a key: its name, the form of its value, its default with the source, and a sentence.

use crate::input::tree::fields::Names;

/// A key of the experiment file.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its name in the map that it stands in; a `*` in it stands for any text, so that the row is one of many keys.
    pub(crate) name: &'static str,
    /// What its value looks like.
    pub(crate) form: Form,
    /// What it means, in one sentence.
    pub(crate) about: &'static str,
    /// What holds where it is not written; `None`: nothing does, or it must be written.
    pub(crate) default: Option<Given>,
    /// Defaults of parts of a rule that cannot be set (in brackets), and of the two versions of the pods.
    pub(crate) more: &'static [(&'static str, Given)],
    /// The default of the Kubernetes API, which the reader of Deployments applies.
    pub(crate) api_default: Option<&'static str>,
    /// A value to show where there is no default.
    pub(crate) example: Option<&'static str>,
    /// What a sentence calls its value, such as `image` for `imageSize`; `None`: its path.
    pub(crate) noun: Option<&'static str>,
    /// A sweep may set it, or what is below it. This is said of the keys at the top of the file.
    pub(crate) swept: bool,
}

/// A default and where it comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given {
    /// The value, as it would be written.
    pub(crate) value: &'static str,
    /// Where the value comes from.
    pub(crate) source: &'static str,
}

/// What the value of a key looks like.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// Text.
    Text,
    /// A list of texts.
    Texts,
    /// A version of Kubernetes, such as `1.31` or `1.33.2`.
    KubernetesVersion,
    /// `true` or `false`.
    Flag,
    /// Only `true` has a meaning.
    True,
    /// A length of time such as `8s`.
    Duration,
    /// A length of time that varies.
    Distribution,
    /// The same, or one for each container by its name.
    PerContainer,
    /// The same as a distribution, or `never`.
    DistributionOrNever,
    /// A share from 0 to 1, such as `2%`.
    Share,
    /// A share that may be more than the whole, such as `20%`.
    Ratio,
    /// The same of a utilisation.
    Utilisation,
    /// A weight, as a number or a percentage.
    Weight,
    /// A size in bytes such as `150MB`.
    Size,
    /// An amount of the Kubernetes API, such as `500m` or `4Gi`.
    Amount,
    /// A count of pods, or a percentage.
    IntOrPercent,
    /// A whole number between two bounds.
    Whole(u64, u64),
    /// The same, or `none`.
    WholeOrNone(u64, u64),
    /// A list of whole numbers between two bounds.
    Numbers(u64, u64),
    /// A factor between two bounds.
    Factor(u64, u64),
    /// A number.
    Number,
    /// Events per second, from 0.000001 to 1000000.
    Rate,
    /// Requests per second of one pod.
    RequestCapacity,
    /// Requests per second of all pods, or a curve of them.
    RequestRate(&'static Section),
    /// Points of a curve: `[[time, requests per second], …]`.
    Curve,
    /// One of these words.
    Words(&'static [&'static str]),
    /// A map.
    Map(&'static Section),
    /// A map, or the word `none`.
    MapOrNone(&'static Section),
    /// One version of the pods; its defaults are those below this path.
    Version(&'static Section, &'static str),
    /// The path of a manifest, or a map.
    Deployment(&'static Section),
    /// A list of maps.
    List(&'static Section),
    /// The same, with at least one.
    FilledList(&'static Section),
    /// The same, or nothing.
    Steps(&'static Section),
    /// A map of the Kubernetes API.
    Object,
    /// A list of such maps.
    Objects,
    /// One of these forms.
    Either(&'static [Self]),
    /// The grid of a sweep.
    Sweep(&'static Section),
    /// Lists of paths that advance together.
    Zip,
    /// The number of a scenario, or the values that choose it.
    Baseline,
    /// Texts such as `p95 duration_s <= 10m`.
    Objectives(&'static Section),
    /// Texts such as `duration_s p95 ±2%`.
    Targets,
    /// A family of distributions with its parameters; with `true` two percentiles do as well.
    Family(&'static Section, bool),
    /// The components of a mixture.
    Components(&'static Section),
    /// A list of lengths of time.
    Values,
    /// Lists of names of workloads.
    Waves,
}

/// The keys of a map, in the order in which they are listed for users.
#[derive(Debug)]
pub(crate) struct Section {
    keys: &'static [Key],
    more: Option<&'static Self>,
}

impl Key {
    pub(super) const fn new(name: &'static str, form: Form, about: &'static str) -> Self {
        Self { name, form, about, default: None, more: &[], api_default: None, example: None, noun: None, swept: false }
    }

    pub(super) const fn default(self, value: &'static str, source: &'static str) -> Self {
        Self { default: Some(given(value, source)), ..self }
    }

    pub(super) const fn more(self, more: &'static [(&'static str, Given)]) -> Self {
        Self { more, ..self }
    }

    pub(super) const fn api_default(self, value: &'static str) -> Self {
        Self { api_default: Some(value), ..self }
    }

    pub(super) const fn example(self, value: &'static str) -> Self {
        Self { example: Some(value), ..self }
    }

    pub(super) const fn noun(self, noun: &'static str) -> Self {
        Self { noun: Some(noun), ..self }
    }

    pub(super) const fn swept(self) -> Self {
        Self { swept: true, ..self }
    }
}

pub(super) const fn given(value: &'static str, source: &'static str) -> Given {
    Given { value, source }
}

impl Key {
    /// Whether it is the row of the key that is called `name`.
    pub(crate) fn is(&self, name: &str) -> bool {
        fits(self.name, name)
    }
}

impl Section {
    pub(super) const fn new(keys: &'static [Key]) -> Self {
        Self { keys, more: None }
    }

    /// The same with the keys of another section after them.
    pub(super) const fn and(self, more: &'static Self) -> Self {
        Self { keys: self.keys, more: Some(more) }
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static Key> {
        self.keys.iter().chain(self.more.map_or(&[][..], |more| more.keys))
    }

    /// The names of the keys.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.keys().map(|key| key.name).collect()
    }

    /// The least and the greatest whole number that the key `name` takes.
    pub(crate) fn bounds(&self, name: &str) -> (u64, u64) {
        fn of(form: &Form) -> Option<(u64, u64)> {
            match form {
                Form::Whole(least, most) | Form::WholeOrNone(least, most) => Some((*least, *most)),
                Form::Either(forms) => forms.iter().find_map(of),
                _ => None,
            }
        }
        let bounds = self.key(name).and_then(|key| of(&key.form));
        debug_assert!(bounds.is_some(), "{name} is no key with a whole number");
        bounds.unwrap_or((0, u64::MAX))
    }

    /// Whether a user may write the key.
    fn has(&self, name: &str) -> bool {
        self.keys().any(|key| key.is(name))
    }

    /// The row of a key.
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys().find(|key| key.name == name)
    }
}

impl Key {
    /// Whether a user may write the key as `name`.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        fits(self.name, name)
    }
}

impl Names for Section {
    fn names(&self) -> Vec<&'static str> {
        self.names()
    }

    fn take(&self, key: &str) -> bool {
        self.has(key)
    }
}

/// Whether `name` is as `pattern` has it, in which each `*` stands for some text.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(name) = name.strip_prefix(start) else { return false };
    let mut ends = name.char_indices().map(|(at, one)| at + one.len_utf8());
    ends.any(|end| fits(rest, &name[end..]))
}

impl Form {
    /// The keys inside a value that is a map, or may be one. Those inside lists are not among them.
    pub(crate) fn inside(&self) -> Vec<&'static Section> {
        match self {
            Self::Map(section)
            | Self::MapOrNone(section)
            | Self::Deployment(section)
            | Self::RequestRate(section)
            | Self::Sweep(section)
            | Self::Objectives(section) => vec![*section],
            Self::Either(forms) => forms.iter().flat_map(Self::inside).collect(),
            _ => Vec::new(),
        }
    }
}
