//! Cells of tables: what stands in one says the same in many rows on purpose.

use crate::page::{Reading, html::Tag};

/// Elements round an item among which its cell is looked for, and round the cell its row.
const REACH: usize = 4;

/// The row of the table that an item stands in, as an index into the outline, where the item is all there is in its
/// cell. A cell with more may be a column of a page that is laid out by a table.
#[must_use]
pub fn row(reading: &Reading<'_>, item: usize) -> Option<u32> {
    let cell = cell(reading, item)?;
    let beside = [item.checked_sub(1), Some(item + 1)].into_iter().flatten().filter(|it| *it < reading.items.len());
    let is_alone = beside.map(|it| self::cell(reading, it)).all(|it| it != Some(cell));
    if is_alone { around(reading, Some(cell), |it| it == Tag::Tr) } else { None }
}

fn cell(reading: &Reading<'_>, item: usize) -> Option<u32> {
    around(reading, reading.items[item].element, |it| matches!(it, Tag::Td | Tag::Th))
}

/// The innermost element of a sort, from one on outwards.
fn around(reading: &Reading<'_>, mut at: Option<u32>, is: impl Fn(Tag) -> bool) -> Option<u32> {
    let elements = &reading.html.as_ref()?.outline.elements;
    for _ in 0..REACH {
        let element = &elements[at? as usize];
        if is(element.tag) {
            return at;
        }
        at = element.parent;
    }
    None
}
