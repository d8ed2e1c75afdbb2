//! The looks of cells.

use domain::{Outcome, Severity};
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

/// Ink of headings, and ground of header rows.
pub(super) const INK: u32 = 0x0016_2436;
/// Colours of pass, partial, fail, not evaluated: of charts.
pub(super) const OUTCOMES: [u32; 4] = [0x002F_7D5B, 0x00D6_9A2D, 0x00B3_2F2A, 0x0098_A2B0];
/// Colours of critical, high, medium, low: of charts.
pub(super) const SEVERITIES: [u32; 4] = [0x007A_1F2B, 0x00B3_2F2A, 0x00D6_9A2D, 0x0098_A2B0];

pub(super) struct Formats {
    pub(super) title: Format,
    pub(super) subtitle: Format,
    pub(super) header: Format,
    pub(super) label: Format,
    pub(super) text: Format,
    pub(super) code: Format,
    pub(super) number: Format,
    pub(super) figure: Format,
    pub(super) wrapped: Format,
    pub(super) wrapped_code: Format,
    pass: Format,
    partial: Format,
    fail: Format,
    not_evaluated: Format,
    critical: Format,
}

impl Formats {
    pub(super) fn new() -> Self {
        let base = Format::new().set_font_name("Calibri").set_font_size(10).set_align(FormatAlign::Top);
        let code = base.clone().set_font_name("Consolas").set_font_size(9);
        Self {
            title: base.clone().set_bold().set_font_size(18).set_font_color(INK),
            subtitle: base.clone().set_font_color(0x005B_6676),
            header: base
                .clone()
                .set_bold()
                .set_font_color(Color::White)
                .set_background_color(INK)
                .set_border_bottom(FormatBorder::Thin),
            label: base.clone().set_bold().set_font_color(INK),
            code: code.clone(),
            wrapped_code: code.set_text_wrap(),
            number: base.clone().set_num_format("#,##0.###"),
            figure: base.clone().set_num_format("#,##0").set_align(FormatAlign::Left),
            wrapped: base.clone().set_text_wrap(),
            pass: filled(&base, 0x00DF_EFE7, 0x001E_5B41),
            partial: filled(&base, 0x00FB_EFD5, 0x007A_5310),
            fail: filled(&base, 0x00F8_DEDC, 0x0086_1F1B),
            not_evaluated: filled(&base, 0x00E9_ECF0, 0x0048_5260),
            critical: base.clone().set_bold().set_font_color(0x007A_1F2B),
            text: base,
        }
    }

    pub(super) fn outcome(&self, outcome: Outcome) -> &Format {
        match outcome {
            Outcome::Pass => &self.pass,
            Outcome::Partial => &self.partial,
            Outcome::Fail => &self.fail,
            Outcome::NotEvaluated => &self.not_evaluated,
        }
    }

    pub(super) fn severity(&self, severity: Severity) -> &Format {
        match severity {
            Severity::Critical | Severity::High => &self.critical,
            Severity::Medium | Severity::Low => &self.text,
        }
    }
}

fn filled(base: &Format, ground: u32, ink: u32) -> Format {
    base.clone().set_background_color(ground).set_font_color(ink)
}
