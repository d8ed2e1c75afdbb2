//! The built-in fonts, and how wide each character is set in them.

use crate::RenderError;
use std::sync::LazyLock;
use typst::{
    foundations::Bytes,
    layout::Abs,
    text::{Font, FontInstance, FontVariations},
};

/// File name and bytes of each font that is built into the program; licences beside them in `fonts/`.
const FILES: [(&str, &[u8]); 5] = [
    ("Inter-Regular.otf", include_bytes!("../fonts/Inter-Regular.otf")),
    ("Inter-Medium.otf", include_bytes!("../fonts/Inter-Medium.otf")),
    ("Inter-SemiBold.otf", include_bytes!("../fonts/Inter-SemiBold.otf")),
    ("JetBrainsMono-Regular.ttf", include_bytes!("../fonts/JetBrainsMono-Regular.ttf")),
    ("JetBrainsMono-SemiBold.ttf", include_bytes!("../fonts/JetBrainsMono-SemiBold.ttf")),
];

/// Widths below this code point are looked up once and kept: Latin, Greek, Cyrillic and punctuation.
const KEPT: u32 = 0x2200;

static FONTS: LazyLock<Result<Vec<Font>, &'static str>> = LazyLock::new(|| FILES.iter().map(load).collect());
static SANS: LazyLock<Widths> = LazyLock::new(|| Widths::of(&["Inter-Regular", "JetBrainsMono-Regular"]));
static STRONG: LazyLock<Widths> = LazyLock::new(|| Widths::of(&["Inter-Medium", "JetBrainsMono-Regular"]));
static MONO: LazyLock<Widths> = LazyLock::new(|| Widths::of(&["JetBrainsMono-Regular", "Inter-Regular"]));

/// How text is set: which fonts are asked for each character, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Typeface {
    /// Inter, then JetBrains Mono.
    Sans,
    /// Inter Medium, then JetBrains Mono.
    Strong,
    /// JetBrains Mono, then Inter.
    Mono,
}

impl Typeface {
    /// How wide a character is, in parts of the font size; none where no font has it.
    pub(crate) fn width(self, character: char) -> Option<f64> {
        match self {
            Typeface::Sans => SANS.get(character),
            Typeface::Strong => STRONG.get(character),
            Typeface::Mono => MONO.get(character),
        }
    }
}

/// Every built-in font.
pub(crate) fn fonts() -> Result<&'static [Font], RenderError> {
    FONTS.as_deref().map_err(|name| RenderError::Font(name))
}

fn load((name, bytes): &(&'static str, &'static [u8])) -> Result<Font, &'static str> {
    Font::new(Bytes::new(*bytes), 0).ok_or(*name)
}

struct Widths {
    fonts: Vec<FontInstance>,
    kept: Vec<Option<f64>>,
}

impl Widths {
    fn of(names: &[&str]) -> Self {
        let fonts: Vec<FontInstance> = names.iter().filter_map(|name| instance(name)).collect();
        let kept = (0..KEPT).map(|code| char::from_u32(code).and_then(|c| look_up(&fonts, c))).collect();
        Self { fonts, kept }
    }

    fn get(&self, character: char) -> Option<f64> {
        match self.kept.get(character as usize) {
            Some(kept) => *kept,
            None => look_up(&self.fonts, character),
        }
    }
}

fn instance(name: &str) -> Option<FontInstance> {
    let font = fonts().ok()?.iter().find(|font| font.post_script_name().as_deref() == Some(name))?;
    Some(font.clone().instantiate(font.info().variant, Abs::pt(10.0), &FontVariations::default()))
}

fn look_up(fonts: &[FontInstance], character: char) -> Option<f64> {
    fonts.iter().find_map(|font| {
        let glyph = font.ttf().glyph_index(character).filter(|glyph| glyph.0 != 0)?;
        font.x_advance(glyph.0).map(typst::layout::Em::get)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_font_reads_and_is_found_by_name() {
        assert_eq!(fonts().unwrap().len(), FILES.len());
        for widths in [&*SANS, &*STRONG, &*MONO] {
            assert_eq!(widths.fonts.len(), 2);
        }
    }

    #[test]
    fn digits_and_letters_of_the_mono_are_equally_wide() {
        let width = Typeface::Mono.width('0').unwrap();
        assert!("abcXYZ019-.:".chars().all(|c| Typeface::Mono.width(c).is_some_and(|w| (w - width).abs() < 1e-9)));
    }
}
