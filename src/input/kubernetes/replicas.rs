//! How many replicas a Deployment has that does not say so.
//!
//! Manifests leave `spec.replicas` out where an autoscaler owns it; the API server then sets 1 at creation and keeps what is
//! there at every later apply (`pkg/apis/apps/v1/defaults.go: SetDefaults_Deployment`).

use crate::input::kubernetes::object::name_of;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;

/// How many pods a workload runs: what a live object says, else what its spec asks for.
pub(crate) fn running(status: Option<Map<'_>>, spec: &Map<'_>) -> Result<Option<i32>, InputError> {
    let live = status.map(|status| status.read("replicas", Node::i32)).transpose()?.flatten();
    Ok(live.or(spec.read("replicas", Node::i32)?))
}

/// What is known of the size of a Deployment without `spec.replicas`.
#[derive(Clone, Copy)]
pub(crate) struct Evidence<'a> {
    /// What leaves it out: a manifest or an experiment's spec.
    pub(crate) place: &'static str,
    /// The `status` of a live object.
    pub(crate) status: Option<Map<'a>>,
    /// The HorizontalPodAutoscaler object that scales it.
    pub(crate) autoscaler: Option<&'a Node>,
    /// The `horizontalPodAutoscaler` of the experiment.
    pub(crate) written: Option<&'a Node>,
}

impl Evidence<'_> {
    /// The number, and the sentence that says where it is from.
    pub(crate) fn replicas(&self) -> Result<(i32, String), InputError> {
        let (replicas, origin) = self.number()?;
        let message = format!(
            "replicas {replicas}: the {} leaves replicas out, and {origin}; write another number with --set replicas=N",
            self.place
        );
        Ok((replicas, message))
    }

    fn number(&self) -> Result<(i32, String), InputError> {
        // A live object without pods says nothing of how many there ought to be.
        let there = self.status.map(|status| status.read("replicas", Node::i32)).transpose()?.flatten();
        if let Some(replicas) = there.filter(|replicas| *replicas > 0) {
            return Ok((replicas, format!("its status.replicas is {replicas}")));
        }
        if let Some(written) = self.written.filter(|node| node.plain_text() != Some("none")) {
            return minimum(&written.map()?, "horizontalPodAutoscaler");
        }
        let Some(object) = self.autoscaler else { return Ok((1, "the API server sets 1".into())) };
        let object = object.map()?;
        let name = format!("HorizontalPodAutoscaler {}", name_of(&object).unwrap_or_default());
        minimum(&object.require("spec")?.map()?, &name)
    }
}

/// `minReplicas` of an autoscaler's spec. One that may scale to 0 finds at least one pod to start with.
fn minimum(spec: &Map<'_>, name: &str) -> Result<(i32, String), InputError> {
    Ok(match spec.read("minReplicas", Node::i32)? {
        Some(least) => (least.max(1), format!("{name} has minReplicas {least}")),
        None => (1, format!("{name} has no minReplicas, which means 1")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::node;

    fn replicas(status: &str, autoscaler: Option<&str>, written: Option<&str>) -> (i32, String) {
        let (status, autoscaler, written) = (node(status), autoscaler.map(node), written.map(node));
        let evidence = Evidence {
            place: "manifest",
            status: Some(status.map().unwrap()),
            autoscaler: autoscaler.as_ref(),
            written: written.as_ref(),
        };
        evidence.replicas().unwrap()
    }

    #[test]
    fn the_live_object_counts_then_the_autoscaler_then_the_default() {
        let scaler = |spec: &str| format!("{{metadata: {{name: web}}, spec: {spec}}}");
        let (twelve, none) = (scaler("{minReplicas: 12, maxReplicas: 40}"), scaler("{maxReplicas: 40}"));
        let number = |status: &str, autoscaler: Option<&str>| replicas(status, autoscaler, None).0;
        assert_eq!(number("{replicas: 7}", Some(&twelve)), 7);
        assert_eq!(number("{replicas: 0}", Some(&twelve)), 12, "no pods are no evidence");
        assert_eq!(number("{observedGeneration: 3}", Some(&twelve)), 12, "0 is left out of JSON");
        assert_eq!(number("{}", Some(&none)), 1);
        assert_eq!(number("{}", Some(&scaler("{minReplicas: 0, maxReplicas: 4}"))), 1);
        assert_eq!(number("{}", None), 1);
        assert_eq!(replicas("{}", Some(&twelve), Some("{minReplicas: 3, maxReplicas: 9}")).0, 3);
        assert_eq!(replicas("{}", Some(&twelve), Some("none")).0, 12);
    }

    #[test]
    fn where_the_number_is_from_is_reported() {
        let scaler = "{metadata: {name: web}, spec: {minReplicas: 12, maxReplicas: 40}}";
        assert_eq!(
            replicas("{}", Some(scaler), None).1,
            "replicas 12: the manifest leaves replicas out, and HorizontalPodAutoscaler web has minReplicas 12; write \
             another number with --set replicas=N"
        );
        assert!(replicas("{replicas: 7}", None, None).1.contains("and its status.replicas is 7; write"));
        assert!(replicas("{}", None, None).1.contains("and the API server sets 1; write"));
    }
}
