//! The nearest of the names that exist, for messages about one that does not.

/// The name that takes the fewest edits, if it takes at most a third of the length.
#[must_use]
pub fn nearest<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    names
        .iter()
        .map(|it| (edits(name, it), *it))
        .filter(|(edits, it)| *edits <= it.len().max(name.len()).div_ceil(3))
        .min()
        .map(|(_, it)| it)
}

/// Levenshtein distance in bytes; names are ASCII.
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn nearest_finds_a_slip_of_the_pen_and_nothing_far_off() {
        assert_eq!(nearest("keyword", &["keywords", "pattern"]), Some("keywords"));
        assert_eq!(nearest("patern", &["keywords", "pattern"]), Some("pattern"));
        assert_eq!(nearest("zzz", &["keywords", "pattern"]), None);
    }
}
