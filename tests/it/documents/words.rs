//! Splits lines of a shell into words.

/// The commands of a line, each as its words: quotes are removed, a comment is left out, `>` is a word of its own.
pub(super) fn commands(line: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => word.get_or_insert_default().push(character),
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, '\\') => word.get_or_insert_default().extend(characters.next()),
            (None, '#') if word.is_none() => break,
            (None, ' ' | '|' | '&' | ';' | '>') => {
                let command = commands.last_mut().expect("there is always one");
                command.extend(word.take());
                match character {
                    '>' => command.push(">".into()),
                    '|' | '&' | ';' => commands.push(Vec::new()),
                    _ => {}
                }
            }
            (None, _) => word.get_or_insert_default().push(character),
        }
    }
    commands.last_mut().expect("there is always one").extend(word);
    commands.retain(|command| !command.is_empty());
    for command in &mut commands {
        let is_variable = |word: &String| {
            word.split_once('=').is_some_and(|(name, _)| name.chars().all(|c| c.is_uppercase() || c == '_'))
        };
        let first = command.iter().position(|word| !is_variable(word)).unwrap_or(0);
        command.drain(..first);
    }
    commands
}

/// The lines of a block, with those that end in a backslash joined to the next one.
pub(super) fn lines(body: &str) -> Vec<String> {
    let joined = body.replace("\\\n", " ");
    joined.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

#[test]
fn words_are_those_of_a_shell() {
    let line = "cat a.json | rollcast run - --set 'objectives=[p95 duration_s <= 5m]' > out.txt   # an answer";
    let expected = [
        vec!["cat", "a.json"],
        vec!["rollcast", "run", "-", "--set", "objectives=[p95 duration_s <= 5m]", ">", "out.txt"],
    ];
    assert_eq!(commands(line), expected);
    assert_eq!(commands("UPDATE_EXPECT=1 cargo test && ls"), [vec!["cargo", "test"], vec!["ls"]]);
    assert!(commands("# only a comment").is_empty());
}
