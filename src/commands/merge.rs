//! `rollcast merge`: from shards, or from the parts of a study, to the result of the whole sweep.

use std::io::ErrorKind;
use std::path::Path;

use super::answer::{Answer, CommandError};
use super::merge_study;
use super::merged::{Merged, check_followed, put_together};
use super::result_directory::BLOCKS;
use crate::blocks::Saved;
use crate::cli;
use crate::report::hash::sha256_of;
use crate::report::package::Package;

/// `rollcast merge`: the bytes that the undivided sweep gives.
///
/// # Errors
/// When the directories are not all shards of one sweep, or are damaged. See [`CommandError`].
pub fn merge(options: &cli::Merge) -> Result<Answer, CommandError> {
    let places = merge_study::finished(&options.shards, options.quiet);
    if let Some(study) = merge_study::named(&places)? {
        return merge_study::merge(&study, options);
    }
    let shards: Vec<Package> = places.iter().map(|place| Package::read(place)).collect::<Result<_, _>>()?;
    if shards.is_empty() {
        return Err(CommandError::Input("no shard is finished: run them, and then merge".into()));
    }
    check(&shards).map_err(CommandError::Input)?;
    check_out(&options.written.out, &shards)?;
    let mut saved = Saved::default();
    for shard in &shards {
        let path = shard.place.join(BLOCKS);
        check_undamaged(shard, &path)?;
        saved.add(&path).map_err(|source| match source.kind() {
            ErrorKind::InvalidData => CommandError::Input(format!("{}: {source}", path.display())),
            _ => CommandError::Reading { path, source },
        })?;
    }
    let plan = shards[0].plan()?;
    if options.check {
        check_followed(&plan)?;
    }
    match put_together(plan, &saved, options)? {
        Merged::Result(answer) => Ok(answer),
        Merged::Lacking(wanted) => {
            let id = wanted.first().map_or(0, |piece| piece.scenario);
            Err(CommandError::Input(format!("the shards lack a part of scenario {id}: run them again")))
        }
    }
}

/// Checks that the shards are all parts of one sweep, each given once.
fn check(shards: &[Package]) -> Result<(), String> {
    let first = &shards[0];
    let name = |shard: &Package| shard.place.display().to_string();
    if first.version != env!("CARGO_PKG_VERSION") {
        let (made, this) = (&first.version, env!("CARGO_PKG_VERSION"));
        return Err(format!("{} was made by rollcast {made}, this is {this}: merge with that version", name(first)));
    }
    let mut seen = Vec::new();
    for one in shards {
        let Some(shard) = one.shard else {
            return Err(format!(
                "{} is a whole result, not a shard (`rollcast sweep --shard K/N` makes those)",
                name(one)
            ));
        };
        let differs =
            |what: &str| format!("{} and {} differ in {what}: they are not of one sweep", name(first), name(one));
        if one.version != first.version {
            return Err(differs("the version of rollcast"));
        }
        if let (Some(a), Some(b)) = (&first.build, &one.build)
            && (&a.commit, &a.lock_file) != (&b.commit, &b.lock_file)
        {
            return Err(format!("{}: {a}\n  {}: {b}", differs("the build of rollcast"), name(one)));
        }
        if let Some((a, _)) =
            first.inputs.iter().zip(&one.inputs).find(|(a, b)| (&a.path, &a.sha256) != (&b.path, &b.sha256))
        {
            return Err(differs(&format!("their input {}", a.path)));
        }
        if one.inputs.len() != first.inputs.len() {
            return Err(differs("their inputs"));
        }
        if one.overrides != first.overrides {
            return Err(differs("what the command line changed (--set, --seed, --replications, --deployment)"));
        }
        if one.sampling != first.sampling {
            return Err(differs("how replications are sampled"));
        }
        if first.shard.is_some_and(|first| first.of != shard.of) {
            return Err(differs("the number of shards"));
        }
        if let Some((_, other)) = seen.iter().find(|(number, _)| *number == shard.number) {
            return Err(format!("{other} and {} are both shard {shard}: name each once", name(one)));
        }
        seen.push((shard.number, name(one)));
    }
    let of = first.shard.map_or(0, |shard| shard.of);
    let missing: Vec<String> =
        (0..of).filter(|k| !seen.iter().any(|(number, _)| number == k)).map(|k| format!("{k}/{of}")).collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("shard {} is missing: name its directory too", missing.join(", ")))
    }
}

/// Checks that the result does not replace one of the shards.
fn check_out(out: &Path, shards: &[Package]) -> Result<(), CommandError> {
    let Ok(out_path) = out.canonicalize() else { return Ok(()) };
    match shards.iter().find(|shard| shard.place.canonicalize().is_ok_and(|place| place == out_path)) {
        Some(_) => {
            Err(CommandError::Input(format!("--out {} is one of the shards: choose another directory", out.display())))
        }
        None => Ok(()),
    }
}

fn check_undamaged(shard: &Package, blocks: &Path) -> Result<(), CommandError> {
    let damaged = |path: &str| {
        let place = shard.place.display();
        CommandError::Input(format!("{place}: {path} is not as it was written: run this shard again"))
    };
    if let Some(changed) = shard.changed_inputs()?.first() {
        return Err(damaged(changed));
    }
    let recorded = shard.files.iter().find(|file| file.path == BLOCKS).ok_or_else(|| damaged(BLOCKS))?;
    let sha256 = sha256_of(blocks).map_err(|source| CommandError::Reading { path: blocks.into(), source })?;
    if sha256 == recorded.sha256 { Ok(()) } else { Err(damaged(BLOCKS)) }
}
