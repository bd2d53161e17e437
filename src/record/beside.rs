//! Deployments that are recorded beside the workload: what was recorded of each goes into the workload's recording, under names of its own.

use serde_json::{Map, Value, json};

use super::recorded::Recorded;

/// Tables of pods by template.
const TABLES: [&str; 7] = [
    "ready_after_seconds",
    "default_ready_after_seconds",
    "running_after_by_index",
    "terminate_after_seconds",
    "readiness_toggles",
    "no_node_for_seconds",
    "attach_seconds",
];

/// Actions that are about one Deployment.
const OWN: [&str; 13] = [
    "create",
    "set-template",
    "scale",
    "pause",
    "resume",
    "undo",
    "patch-spec",
    "delete-pod",
    "fail-pod",
    "evict-pod",
    "annotate-pod",
    "pdb",
    "delete-pdb",
];

/// Where a template's name stands in a change of it.
const VERSION: &str = "/template/metadata/labels/version";

/// The other Deployment, whose versions are called by its name.
struct Other<'a> {
    name: &'a str,
    recording: Value,
}

/// Puts what was recorded of another Deployment into a recording. `created`: when it was created, if that was after the beginning [s].
/// Where it was there and the workload itself was not, that cannot be written, and is said.
pub(super) fn join(into: &mut Recorded, name: &str, other: Recorded, created: Option<f64>) {
    if created.is_none() && into.recording.get("start").is_none() {
        into.remarks.push(format!(
            "{name} was there before the workload was created: it is left out, because a recording begins with what it is about"
        ));
        return;
    }
    let other_pods = other.recording.pointer("/cluster/pod_cpu_request").cloned();
    if other_pods.as_ref() != into.recording.pointer("/cluster/pod_cpu_request") {
        into.remarks.push(format!(
            "pods of {name} ask for another amount of CPU: all pods of a recording ask for what those of the workload do"
        ));
    }
    let one = Other { name, recording: other.recording };
    one.take_object(&mut into.recording, created);
    one.take_tables(&mut into.recording);
    one.take_actions(&mut into.recording, created);
    one.take_claims(&mut into.recording);
    one.take_expected(&mut into.recording);
    let named = |text: &String| format!("{name}: {text}");
    into.remarks.extend(other.remarks.iter().map(named));
    into.happened.extend(other.happened.iter().map(named));
    into.parts.extend(other.parts.into_iter().map(|part| super::account::Part { part: named(&part.part), ..part }));
    into.recording["sources"] = json!(into.parts);
    into.recording["unknown"] = json!(into.remarks);
}

/// The field of an object, which is made where there is none.
fn inside<'a>(object: &'a mut Value, field: &str) -> &'a mut Value {
    if object.get(field).is_none_or(Value::is_null) {
        object[field] = json!({});
    }
    &mut object[field]
}

impl Other<'_> {
    /// What a version, or a pod of it, is called.
    fn called(&self, version: &str) -> String {
        format!("{}-{version}", self.name)
    }

    fn rename(&self, value: Option<&mut Value>) {
        if let Some(Value::String(version)) = value {
            *version = self.called(version);
        }
    }

    fn renamed(&self, table: &Value) -> Map<String, Value> {
        let rows = table.as_object().into_iter().flatten();
        rows.map(|(version, value)| (self.called(version), value.clone())).collect()
    }

    fn list(&self, path: &str) -> Vec<Value> {
        self.recording.pointer(path).and_then(Value::as_array).cloned().unwrap_or_default()
    }

    /// What it is, and how it was when the recording begins.
    fn take_object(&self, into: &mut Value, created: Option<f64>) {
        let deployments = inside(inside(into, "extra"), "deployments");
        deployments[self.name] = self.recording["deployment"].clone();
        if created.is_some() {
            return;
        }
        let mut start = self.recording["start"].clone();
        self.rename(start.get_mut("template"));
        for table in ["others", "refused"] {
            if let Some(value) = start.get_mut(table) {
                *value = self.renamed(value).into();
            }
        }
        for pod in start.get_mut("pods").and_then(Value::as_array_mut).into_iter().flatten() {
            self.rename(pod.get_mut("pod"));
        }
        inside(inside(into, "start"), "deployments")[self.name] = start;
    }

    fn take_tables(&self, into: &mut Value) {
        for table in TABLES {
            let Some(own) = self.recording["pods"].get(table).and_then(Value::as_object) else { continue };
            let theirs = inside(inside(into, "pods"), table);
            for (version, value) in own {
                let is_usual = version == "default";
                if is_usual && theirs.get("default").is_some() {
                    continue;
                }
                theirs[if is_usual { version.clone() } else { self.called(version) }] = value.clone();
            }
        }
    }

    fn take_actions(&self, into: &mut Value, created: Option<f64>) {
        let mut actions = into["actions"].as_array().cloned().unwrap_or_default();
        let is_own = |action: &Value| OWN.iter().any(|own| action["do"] == *own);
        for mut action in self.list("/actions").into_iter().filter(is_own) {
            action["name"] = json!(self.name);
            self.rename(action.get_mut("template"));
            self.rename(action.get_mut("resolved_template"));
            self.rename(action.get_mut("spec").and_then(|spec| spec.pointer_mut(VERSION)));
            if action["do"] == "create" {
                action["at"] = json!(created.unwrap_or(0.0));
            }
            if action["do"] == "pdb" || action["do"] == "delete-pdb" {
                let name = action.get("budget").and_then(Value::as_str).unwrap_or("budget");
                action["budget"] = json!(self.called(name));
            }
            actions.push(action);
        }
        actions.sort_by(by_instant(|action| &action["at"]));
        into["actions"] = actions.into();
        let end = |recording: &Value| recording["ended_at"].as_f64().unwrap_or(0.0);
        into["ended_at"] = json!(end(into).max(end(&self.recording)));
    }

    /// Its claims, with the templates that name them.
    fn take_claims(&self, into: &mut Value) {
        let versions = self.recording["pods"]["ready_after_seconds"].as_object().into_iter().flatten();
        let all: Vec<Value> = versions.map(|(version, _)| json!(version)).collect();
        let mut claims = self.list("/extra/claims");
        if claims.is_empty() {
            return;
        }
        for claim in &mut claims {
            let mut templates =
                claim.get("templates").and_then(Value::as_array).cloned().unwrap_or_else(|| all.clone());
            templates.iter_mut().for_each(|template| self.rename(Some(template)));
            claim["templates"] = templates.into();
        }
        let mut known = into["extra"]["claims"].as_array().cloned().unwrap_or_default();
        known.extend(claims);
        into["extra"]["claims"] = known.into();
        for length in ["volume_attach_seconds", "volume_detach_seconds"] {
            if into["cluster"].get(length).is_none() {
                into["cluster"][length] = self.recording["cluster"][length].clone();
            }
        }
    }

    /// What came of it. How many pods there were at least is not known of both together.
    fn take_expected(&self, into: &mut Value) {
        for (list, name, at) in [("scaling", 1, 0), ("deletions", 1, 0), ("placement", 0, 1)] {
            let mut lines = into["expect"].get(list).and_then(Value::as_array).cloned().unwrap_or_default();
            for mut line in self.list(&format!("/expect/{list}")) {
                self.rename(line.get_mut(name));
                lines.push(line);
            }
            if list != "placement" {
                lines.sort_by(by_instant(|line| &line[at]));
            }
            into["expect"][list] = lines.into();
        }
        let exact = |recording: &Value| recording["expect"]["instants_within_s"].as_f64();
        if let Some(tolerance) = [exact(into), exact(&self.recording)].into_iter().flatten().reduce(f64::max) {
            into["expect"]["instants_within_s"] = json!(tolerance);
        }
        if let Some(expect) = into["expect"].as_object_mut() {
            expect.remove("min_ready");
            expect.remove("min_available");
        }
    }
}

/// The order of lines by their instants.
fn by_instant(at: impl Fn(&Value) -> &Value) -> impl Fn(&Value, &Value) -> std::cmp::Ordering {
    move |one, other| {
        let seconds = |line: &Value| at(line).as_f64().unwrap_or(0.0);
        seconds(one).total_cmp(&seconds(other))
    }
}
