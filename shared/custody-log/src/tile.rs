//! The names of tiles and entry bundles (c2sp.org/tlog-tiles): `tile/<level>/<index>[.p/<width>]`, `tile/entries/<index>[.p/<width>]`.

use crate::LogError;
use std::{fmt, str::FromStr};

/// How many hashes a full tile has, and how many entries a full bundle.
pub const WIDTH: u64 = 256;
const BITS: u32 = 8;

/// A tile of hashes or a bundle of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileName {
    /// The level of its hashes; none for entries.
    pub level: Option<u8>,
    /// Which of its level, from 0.
    pub index: u64,
    /// How many hashes or entries: 1 to [`WIDTH`].
    pub width: u64,
}

impl TileName {
    /// Whether nothing can come to it any more.
    pub fn is_full(&self) -> bool {
        self.width == WIDTH
    }

    /// Every bundle of entries of a log of `size` entries, in order.
    pub fn entries_of(size: u64) -> impl Iterator<Item = TileName> {
        of_level(None, size)
    }

    /// Every tile of hashes of a log of `size` entries, level by level.
    pub fn hashes_of(size: u64) -> impl Iterator<Item = TileName> {
        levels(size).flat_map(|(level, count)| of_level(Some(level), count))
    }

    /// The tiles and the bundle at the right edge of a log of `size` entries that are not full: what an append goes on from.
    pub fn edge_of(size: u64) -> impl Iterator<Item = TileName> {
        let partial = |(level, count): (Option<u8>, u64)| {
            let (index, width) = (count / WIDTH, count % WIDTH);
            (width > 0).then_some(TileName { level, index, width })
        };
        let hashes = levels(size).map(|(level, count)| (Some(level), count));
        std::iter::once((None, size)).chain(hashes).filter_map(partial)
    }
}

// The levels that have hashes in a log of that size, with how many.
fn levels(size: u64) -> impl Iterator<Item = (u8, u64)> {
    (0_u8..8).map(move |level| (level, size >> (BITS * u32::from(level)))).take_while(|(_, count)| *count > 0)
}

fn of_level(level: Option<u8>, count: u64) -> impl Iterator<Item = TileName> {
    let width = move |index: u64| (count - index * WIDTH).min(WIDTH);
    (0..count.div_ceil(WIDTH)).map(move |index| TileName { level, index, width: width(index) })
}

impl fmt::Display for TileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Some(level) => write!(f, "tile/{level}/")?,
            None => f.write_str("tile/entries/")?,
        }
        let mut groups = vec![format!("{:03}", self.index % 1000)];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        groups.reverse();
        f.write_str(&groups.join("/"))?;
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

impl FromStr for TileName {
    type Err = LogError;

    /// Reads the one spelling that a tile has.
    fn from_str(text: &str) -> Result<Self, LogError> {
        let wrong = || LogError::malformed("tile name", format!("{text:?}"));
        let rest = text.strip_prefix("tile/").filter(|_| text.len() <= 64).ok_or_else(wrong)?;
        let (level, rest) = rest.split_once('/').ok_or_else(wrong)?;
        let level = if level == "entries" { None } else { Some(level.parse().map_err(|_| wrong())?) };
        let (index, width) = rest.split_once(".p/").map_or((rest, None), |(index, width)| (index, Some(width)));
        let width = width.map_or(Ok(WIDTH), str::parse).map_err(|_| wrong())?;
        let digits: String = index.chars().filter(char::is_ascii_digit).collect();
        let name = TileName { level, index: digits.parse().map_err(|_| wrong())?, width };
        // Everything else about the spelling: there is only one.
        if (1..=WIDTH).contains(&width) && name.to_string() == text { Ok(name) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(level: Option<u8>, index: u64, width: u64) -> TileName {
        TileName { level, index, width }
    }

    #[test]
    fn names_are_spelt_as_the_specification_says() {
        let cases = [
            (name(Some(0), 0, 256), "tile/0/000"),
            (name(Some(3), 1_234_067, 112), "tile/3/x001/x234/067.p/112"),
            (name(None, 1000, 1), "tile/entries/x001/000.p/1"),
        ];
        for (name, text) in cases {
            assert_eq!(name.to_string(), text);
            assert_eq!(text.parse::<TileName>().unwrap(), name);
        }
    }

    #[test]
    fn another_spelling_of_a_name_is_refused() {
        for text in [
            "",
            "tile/0/0",
            "tile/00/000",
            "tile/0/000.p/256",
            "tile/0/000.p/0",
            "tile/0/x000/000",
            "tile/0/../000",
            "tile/+1/000",
            "tile/data/000",
            "/tile/0/000",
            "tile/0/000/",
            "tile/0/000.p/01",
            "tile/9/x001/x234/x001/x234/x001/x234/x001/x234/067",
        ] {
            assert!(text.parse::<TileName>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_tiles_of_a_log_are_all_of_them_and_its_edge_those_that_are_not_full() {
        let names = |size| TileName::hashes_of(size).map(|name| name.to_string()).collect::<Vec<_>>();
        assert!(names(0).is_empty());
        assert_eq!(names(256), ["tile/0/000", "tile/1/000.p/1"]);
        assert_eq!(names(513), ["tile/0/000", "tile/0/001", "tile/0/002.p/1", "tile/1/000.p/2"]);
        let edge = |size| TileName::edge_of(size).map(|name| name.to_string()).collect::<Vec<_>>();
        assert!(edge(0).is_empty());
        assert_eq!(edge(3), ["tile/entries/000.p/3", "tile/0/000.p/3"]);
        assert_eq!(edge(256), ["tile/1/000.p/1"]);
        assert_eq!(edge(257), ["tile/entries/001.p/1", "tile/0/001.p/1", "tile/1/000.p/1"]);
    }
}
