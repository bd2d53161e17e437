//! What is asked of records that are not kept.

use crate::metrics::{Figure, Measure, Metric};
use crate::stats::Confidence;

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The replications were sampled in groups of this size.
    pub group: Option<usize>,
    /// The levels of the limits; the first is that of the statistics.
    pub confidences: Vec<Confidence>,
    /// The only figures that are asked for; `None`: all.
    pub figures: Option<Vec<Figure>>,
}

impl Asked {
    /// All statistics of replications that were sampled so.
    #[must_use]
    pub fn all(group: Option<u32>) -> Self {
        Self { group: group.map(|size| size as usize), confidences: vec![Confidence::USUAL], figures: None }
    }

    /// The same with limits at another level besides.
    #[must_use]
    pub fn and_at(mut self, confidence: Confidence) -> Self {
        self.confidences.push(confidence);
        self
    }

    /// Whether something is asked of the metric.
    pub(super) fn is_about(&self, metric: &Metric) -> bool {
        let is = |figure: &Figure| matches!(figure.measure, Measure::Metric(known) if known == metric);
        self.figures.as_ref().is_none_or(|figures| figures.iter().any(is))
    }
}
