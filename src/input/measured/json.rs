//! JSON of other programs than kubectl: records of numbers, answers of Prometheus' HTTP API, kube-burner and clusterloader2.

use std::rc::Rc;

use crate::input::measured::metrics::{Scrape, at, count, no_count, number_of};
use crate::input::measured::percentiles;
use crate::input::measured::pods::watched;
use crate::input::measured::sample::{Choice, Measurements, Sample, is_time_to_ready};
use crate::input::tables::programs::{MEASUREMENT, recognise};
use crate::input::tables::rows::Row;
use crate::input::tables::table::{Table, UnitFrom};
use crate::input::tables::unit::Unit;
use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::{Node, Source, Value};

/// What kind of content documents have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Objects of Kubernetes.
    Objects,
    /// Events of Kubernetes, and no pods.
    Events,
    /// Series of Prometheus.
    Metrics,
    /// Percentiles of kube-burner or clusterloader2.
    Percentiles,
    /// A list of flat objects or of numbers.
    Records,
}

/// Several JSON values one after the other, as jq prints them, as one list; `None` where there is one or it is no JSON.
pub(super) fn joined(source: &Rc<Source>) -> Option<Rc<Source>> {
    let text = &source.text;
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
    let mut ends = Vec::new();
    while let Some(value) = stream.next() {
        value.ok()?;
        ends.push(stream.byte_offset());
    }
    if ends.len() < 2 {
        return None;
    }
    // A comma at the end of each keeps every line as it is.
    let mut joined = String::with_capacity(text.len() + ends.len() + 2);
    let mut from = 0;
    joined.push('[');
    for end in &ends {
        joined.push_str(if from == 0 { "" } else { "," });
        joined.push_str(&text[from..*end]);
        from = *end;
    }
    joined.push(']');
    Some(Rc::new(Source { name: source.name.clone(), text: joined }))
}

/// What the documents hold, by their first objects.
pub(super) fn shape(documents: &[Node]) -> Shape {
    let mut first = documents.first();
    while let Some(Node { value: Value::List(items), .. }) = first {
        first = match items.iter().find(|item| !matches!(item.value, Value::Null)) {
            Some(item) if matches!(item.value, Value::Scalar(_)) => {
                let number = items.iter().all(|item| item.plain_text().is_some_and(|text| text.parse::<f64>().is_ok()));
                return if number { Shape::Records } else { Shape::Objects };
            }
            next => next,
        };
    }
    let Some(Ok(mut map)) = first.map(Node::map) else { return Shape::Objects };
    if let Some(changed) = watched(&map) {
        let Ok(changed) = changed.map() else { return Shape::Objects };
        map = changed;
    }
    let has = |key: &str| map.get(key).is_some();
    if let Some(shape) = kube_burner(documents) {
        return shape;
    }
    if has("dataItems") || has("quantileName") {
        return Shape::Percentiles;
    }
    if (has("data") && (has("status") || has("resultType"))) || has("resultType") || has("errorType") || is_series(&map)
    {
        return Shape::Metrics;
    }
    if is_event(&map) {
        return Shape::Events;
    }
    if let Some(Value::List(items)) = map.get("items").map(|items| &items.value) {
        let kinds: Vec<Map<'_>> = items.iter().filter_map(|item| item.map().ok()).collect();
        let events =
            !kinds.is_empty() && kinds.iter().any(is_event) && !kinds.iter().any(|item| item.get("status").is_some());
        return if events { Shape::Events } else { Shape::Objects };
    }
    let flat = !map.entries.is_empty() && map.entries.iter().any(|entry| matches!(entry.value.value, Value::Scalar(_)));
    let of_kubernetes = ["kind", "apiVersion", "spec", "status"].iter().any(|key| has(key));
    if flat && !of_kubernetes { Shape::Records } else { Shape::Objects }
}

/// What kube-burner's documents hold, whatever stands first; `None` where they are of another program.
fn kube_burner(documents: &[Node]) -> Option<Shape> {
    let mut items = Vec::new();
    flat(documents, &mut items);
    let maps = || items.iter().filter_map(|item| item.map().ok());
    let measures = |map: Map<'_>| {
        map.get("metricName").and_then(|name| name.text().ok()).is_some_and(|name| name.ends_with(MEASUREMENT))
    };
    if maps().any(measures) {
        return Some(Shape::Records);
    }
    maps().any(|map| map.get("quantileName").is_some()).then_some(Shape::Percentiles)
}

fn is_event(map: &Map<'_>) -> bool {
    map.get("involvedObject").is_some() || map.get("regarding").is_some()
}

fn is_series(map: &Map<'_>) -> bool {
    map.get("metric").is_some()
        && ["value", "values", "histogram", "histograms"].iter().any(|key| map.get(key).is_some())
}

/// The items of nested lists.
fn flat<'a>(nodes: &'a [Node], found: &mut Vec<&'a Node>) {
    for node in nodes {
        match &node.value {
            Value::List(items) => flat(items, found),
            _ => found.push(node),
        }
    }
}

/// Records as a table: the columns are the keys of all of them, numbers alone are one column.
pub(super) fn table(file: &str, documents: &[Node]) -> Result<Table, InputError> {
    let mut records = Vec::new();
    flat(documents, &mut records);
    refuse_split_numbers(&records)?;
    refuse_pairs(documents)?;
    let nested = nested(&records);
    if let ([record], Some(key)) = (&records[..], nested.first()) {
        return Err(record.at.error(list_wanted(&format!(".{key}[]"))));
    }
    let mut headers: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    for record in records {
        let line = record.at.line() as usize;
        let Value::Map(entries) = &record.value else {
            if headers.is_empty() {
                headers.push("value".into());
            }
            rows.push((line, vec![(0, record.flow())]));
            continue;
        };
        let mut cells = Vec::new();
        for entry in entries.iter().filter(|entry| !matches!(entry.value.value, Value::List(_) | Value::Map(_))) {
            let index = headers.iter().position(|header| *header == entry.key).unwrap_or(headers.len());
            if index == headers.len() {
                headers.push(entry.key.clone());
            }
            cells.push((index, entry.value.flow()));
        }
        rows.push((line, cells));
    }
    if headers.len() > 1000 {
        return Err(InputError::in_file(
            file,
            "these objects have more than 1000 different keys: keep those that matter",
        ));
    }
    let row = |(line, cells): (usize, Vec<(usize, String)>)| {
        let mut all = vec![String::new(); headers.len()];
        cells.into_iter().for_each(|(index, text)| all[index] = text);
        Row { line, cells: csv::StringRecord::from(all) }
    };
    let rows = rows.into_iter().map(row).collect();
    let mut table = Table {
        headers: headers.clone(),
        rows,
        other_separator: false,
        notes: Vec::new(),
        unit: None,
        usual: Vec::new(),
    };
    recognise(file, &mut table)?;
    if !nested.is_empty() && table.usual.is_empty() {
        let keys: Vec<String> = nested.iter().take(5).map(|key| quoted(key)).collect();
        let first = &nested[0];
        table.notes.push(format!(
            "what is nested below {} is left out: `jq '.[] | .{first}'` prints it, if the file is a list",
            keys.join(", ")
        ));
    }
    Ok(table)
}

/// The keys of records whose values are lists or maps.
fn nested(records: &[&Node]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for entry in records.iter().filter_map(|record| record.map().ok()).flat_map(|map| map.entries) {
        let deep = match &entry.value.value {
            Value::List(items) => !items.is_empty(),
            Value::Map(entries) => !entries.is_empty(),
            _ => false,
        };
        if deep && !keys.contains(&entry.key) {
            keys.push(entry.key.clone());
        }
    }
    keys
}

/// Refuses lists of two or three numbers in a list, such as `[[0, 3.0], [1, 3.5]]`: only one number of each may be a length.
fn refuse_pairs(documents: &[Node]) -> Result<(), InputError> {
    for node in documents {
        let Value::List(lists) = &node.value else { continue };
        let width = |list: &Node| {
            list.list()
                .ok()
                .filter(|items| items.iter().all(|item| matches!(item.value, Value::Scalar(_))))
                .map(<[Node]>::len)
        };
        let Some(first) = lists.first().and_then(width).filter(|width| (2..=3).contains(width)) else { continue };
        if lists.len() > 1 && lists.iter().all(|list| width(list) == Some(first)) {
            let problem = format!(
                "each of these lists has {first} values, of which one may be a number of the row or an instant: keep the lengths of time, such as `jq '.[][1]'`"
            );
            return Err(lists[0].at.error(problem));
        }
    }
    Ok(())
}

/// What to do with one object that holds a list of lengths somewhere.
fn list_wanted(path: &str) -> String {
    format!("a list of records or numbers is read, and this is one object: give what `jq '{path}'` prints")
}

/// Refuses one object of another program than kubectl, with the path of the first list or map of numbers or of records in it.
pub(super) fn refuse_object(documents: &[Node]) -> Result<(), InputError> {
    let [document] = documents else { return Ok(()) };
    let Ok(map) = document.map() else { return Ok(()) };
    if ["kind", "apiVersion", "items", "metadata", "spec", "status"].iter().any(|key| map.get(key).is_some()) {
        return Ok(());
    }
    let path = path_to_numbers(document, 0).unwrap_or_else(|| ".results[]".into());
    Err(document.at.error(list_wanted(&path)))
}

/// The path for jq to the first list or map that holds numbers or flat records.
fn path_to_numbers(node: &Node, depth: usize) -> Option<String> {
    const DEEPEST: usize = 4;
    let number = |node: &Node| node.plain_text().is_some_and(|text| text.parse::<f64>().is_ok());
    let key = |entry: &crate::input::tree::yaml::Entry| {
        let plain = entry.key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if plain && !entry.key.starts_with(|c: char| c.is_ascii_digit()) {
            format!(".{}", entry.key)
        } else {
            format!("[\"{}\"]", entry.key)
        }
    };
    match &node.value {
        _ if depth > DEEPEST => None,
        Value::List(items) if items.iter().any(number) => Some("[]".into()),
        Value::List(items) => {
            let deeper = items.iter().find_map(|item| path_to_numbers(item, depth + 1));
            let flat = items.iter().any(|item| item.map().is_ok());
            deeper.filter(|path| path.ends_with("[]")).map(|path| format!("[]{path}")).or(flat.then(|| "[]".into()))
        }
        Value::Map(entries) => {
            let lists = entries.iter().find_map(|entry| {
                let list = matches!(entry.value.value, Value::List(_) | Value::Map(_));
                path_to_numbers(&entry.value, depth + 1).filter(|_| list).map(|path| format!("{}{path}", key(entry)))
            });
            let all = depth > 0 && entries.len() > 1 && entries.iter().all(|entry| number(&entry.value));
            lists.or(all.then(|| "[]".into()))
        }
        _ => None,
    }
}

/// Refuses numbers whose decimal commas JSON takes for separators: `[3,021, 3,578]`.
fn refuse_split_numbers(records: &[&Node]) -> Result<(), InputError> {
    let digits = |node: &&Node| {
        let whole = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        node.plain_text().filter(whole).unwrap_or("").to_owned()
    };
    let texts: Vec<String> = records.iter().map(digits).collect();
    let zero = texts.iter().position(|text| text.len() > 1 && text.starts_with('0'));
    let pairs = || texts.chunks(2).all(|pair| pair.len() == 2 && (1..3).contains(&pair[0].len()) && pair[1].len() == 3);
    let found = zero.or((!texts.is_empty() && pairs()).then_some(1)).and_then(|index| records.get(index).copied());
    found.map_or(Ok(()), |node| {
        let text = digits(&node);
        Err(node.at.error(format!(
            "{} may be the digits after a decimal comma, which separates numbers here: write points",
            quoted(&text)
        )))
    })
}

/// The series in answers of Prometheus' HTTP API, its exports and `promtool`.
pub(super) fn metrics(file: &str, documents: &[Node]) -> Result<Scrape, InputError> {
    let mut scrape = Scrape::default();
    scrape.queried = true;
    let mut answers = Vec::new();
    flat(documents, &mut answers);
    for answer in answers {
        let map = answer.map()?;
        if let Some(error) = map.get("error") {
            let text = error.text().unwrap_or("an error");
            return Err(answer
                .at
                .error(format!("Prometheus answered with an error ({}): mend the query", quoted(text))));
        }
        if is_series(&map) {
            series(file, &map, &mut scrape)?;
            continue;
        }
        let data = map.map("data")?.unwrap_or(map);
        let kind = data.read("resultType", Node::text)?.unwrap_or("");
        if matches!(kind, "scalar" | "string") {
            return Err(data.at.error(format!("the query's result is one {kind}: ask for the series themselves")));
        }
        for one in data.list("result")? {
            series(file, &one.map()?, &mut scrape)?;
        }
    }
    Ok(scrape)
}

fn series(file: &str, map: &Map<'_>, scrape: &mut Scrape) -> Result<(), InputError> {
    let (mut name, mut labels) = (None, Vec::new());
    if let Some(metric) = map.map("metric")? {
        for entry in metric.entries {
            match entry.key.as_str() {
                "__name__" => name = Some(entry.value.text()?.to_owned()),
                key => labels.push((key.to_owned(), entry.value.text()?.to_owned())),
            }
        }
    }
    let name = name.unwrap_or_else(|| "value".into());
    // Of a range the last sample is used: counters continue to count, and an instance starts once.
    let last = |key: &str| map.list(key).map(<[Node]>::last);
    if let Some(native) = map.get("histogram").or(last("histograms")?) {
        let [_, histogram] = native.list()? else { return Err(native.wrong("[instant, histogram]")) };
        return buckets(file, &name, &histogram.map()?, scrape);
    }
    let Some(value) = map.get("value").or(last("values")?) else { return Ok(()) };
    let line = value.at.line() as usize;
    let text = match &value.value {
        Value::List(items) => items.last().map_or(Ok(""), Node::text)?,
        _ => value.text()?,
    };
    let number = number_of(text).ok_or_else(|| value.wrong("a number"))?;
    scrape.take(file, &name, labels, number, line)
}

/// A native histogram: `[which bounds belong to it, low, high, count]` of each bucket.
fn buckets(file: &str, name: &str, histogram: &Map<'_>, scrape: &mut Scrape) -> Result<(), InputError> {
    let mut ranges = Vec::new();
    let mut line = histogram.at.line() as usize;
    for bucket in histogram.list("buckets")? {
        line = bucket.at.line() as usize;
        let numbers =
            bucket.list()?.iter().map(|node| node.text().ok().and_then(number_of)).collect::<Option<Vec<f64>>>();
        let Some([_, low, high, number]) = numbers.as_deref() else {
            return Err(bucket.wrong("a bucket such as [0, \"0.5\", \"1\", \"17\"]"));
        };
        if count(*number).is_none() {
            return Err(no_count(file, line));
        }
        ranges.push((*low, *high, *number));
    }
    if ranges.is_empty() {
        return Err(at(file, line, "this native histogram has no buckets: nothing was measured"));
    }
    scrape.take_ranges(name, ranges, line);
    Ok(())
}

/// Percentiles of kube-burner (`P50`, in milliseconds) or clusterloader2 (`Perc50`, with their unit).
pub(super) fn percentiles(file: &str, documents: &[Node], choice: &Choice<'_>) -> Result<Measurements, InputError> {
    let mut answers = Vec::new();
    flat(documents, &mut answers);
    let mut found = Measurements::default();
    for answer in answers {
        let map = answer.map()?;
        if map.get("quantileName").is_some() {
            let name = map.read("quantileName", Node::text)?.unwrap_or("");
            take(&mut found, name, &map, Unit::Milliseconds, choice)?;
            continue;
        }
        for item in map.list("dataItems")? {
            let item = item.map()?;
            let name = item
                .map("labels")?
                .map_or(Ok(None), |labels| labels.read("Metric", Node::text))?
                .unwrap_or("percentiles");
            let word = item.read("unit", Node::text)?.unwrap_or("");
            let Some(data) = item.map("data")? else { continue };
            match Unit::parse(word) {
                Some(unit) => take(&mut found, name, &data, unit, choice)?,
                None => found
                    .notes
                    .push(format!("{name} is left out: its unit is {}, which is no unit of time", quoted(word))),
            }
        }
    }
    // What users want first: the time until a pod is Ready or running.
    found.samples.sort_by_key(|sample| !(sample.to_ready || sample.name == "pod_startup"));
    if found.samples.is_empty() {
        let why = if found.notes.is_empty() { String::new() } else { format!(": {}", found.notes.join("; ")) };
        return Err(InputError::in_file(file, format!("no percentiles of a latency can be used here{why}")));
    }
    found
        .notes
        .push("only percentiles are known: they are fitted as they are stated, whatever they were taken from".into());
    Ok(found)
}

fn take(
    found: &mut Measurements,
    name: &str,
    data: &Map<'_>,
    unit: Unit,
    choice: &Choice<'_>,
) -> Result<(), InputError> {
    if choice.metric.is_some_and(|metric| metric != name) {
        return Ok(());
    }
    let mut known = Vec::new();
    for entry in data.entries {
        let digits = entry.key.strip_prefix("Perc").or_else(|| entry.key.strip_prefix('P')).unwrap_or("");
        if let Ok(percent) = digits.parse::<f64>() {
            known.push((percent / 100.0, entry.value.number()? * unit.seconds()));
        }
    }
    match percentiles::sample(name, &known) {
        Ok(sample) => {
            let field = (name == "schedule_to_run").then_some("start");
            let to_ready = is_time_to_ready(name);
            found.samples.push(Sample { field, to_ready, unit: Some((unit, UnitFrom::Format)), ..sample });
        }
        Err(problem) => found.notes.push(format!("{name} is left out: {problem}")),
    }
    Ok(())
}
