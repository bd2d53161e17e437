//! What is read of every recording in the same way, whatever its workload is.

use super::cluster;
use super::deployments::AllTemplates;
use super::nodes;
use super::placing;
use super::pod_times;
use super::recording::Recording;
use super::stop::{Result, unsupported};
use super::volumes;
use crate::scenario::PodModel;
use crate::script::PodScript;

/// A recording of which all is modelled and no number is out of range, with room for the nodes that come late.
pub(super) fn checked(recording: &Recording) -> Result<Recording> {
    if let Some(what) = &recording.unmodelled {
        return unsupported(what);
    }
    pod_times::check(&recording.pods)?;
    let recording = nodes::with_late(recording);
    cluster::check_ranges(&recording.cluster)?;
    Ok(recording)
}

/// The scripts of the pods of all templates, as `read` makes them, and where they may go.
pub(super) fn pods(
    recording: &Recording,
    templates: &AllTemplates,
    read: impl Fn(&str) -> PodScript,
) -> Result<(Vec<PodScript>, Vec<PodModel>)> {
    let (own, names) = (templates.own(), &templates.all.names);
    let scripts: Vec<PodScript> = names.iter().map(|name| read(name)).collect();
    let model = |(number, script)| placing::model(&recording.placing, number < own, script);
    let mut models: Vec<PodModel> = scripts.iter().enumerate().map(model).collect();
    volumes::give(recording, (names, own), &mut models)?;
    Ok((scripts, models))
}
