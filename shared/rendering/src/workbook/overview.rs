//! The first sheet: what this is, key figures, and two charts.

use super::formats::{Formats, OUTCOMES, SEVERITIES};
use crate::RenderError;
use domain::Report;
use rust_xlsxwriter::{
    Chart, ChartDataLabel, ChartFormat, ChartPoint, ChartSolidFill, ChartType, Workbook, Worksheet, XlsxError,
};

const NAME: &str = "Summary";
/// The first row of the outcomes, from 0.
const OUTCOME_ROW: u32 = 14;
/// The first row of the severities, from 0.
const SEVERITY_ROW: u32 = 20;

pub(super) fn summary(workbook: &mut Workbook, report: &Report, formats: &Formats) -> Result<(), RenderError> {
    let sheet = workbook.add_worksheet();
    sheet.set_name(NAME)?.set_column_width(0, 26)?.set_column_width(1, 70)?.set_screen_gridlines(false);
    sheet.set_landscape().set_print_fit_to_pages(1, 1);
    let heading = format!("{} — {}", report.framework_title, report.inputs.tenant);
    sheet.set_row_height(0, 28)?.write_string_with_format(0, 0, heading, &formats.title)?;
    sheet.write_string_with_format(1, 0, &report.framework_version, &formats.subtitle)?;
    for ((label, value), row) in identity(report).into_iter().zip(3..) {
        sheet.write_string_with_format(row, 0, label, &formats.label)?;
        sheet.write_string_with_format(row, 1, value, &formats.code)?;
    }
    counts(sheet, "Controls", &outcomes(report), OUTCOME_ROW, formats)?;
    counts(sheet, "Exceptions", &severities(report), SEVERITY_ROW, formats)?;
    counts(sheet, "Extent", &extent(report), SEVERITY_ROW + 6, formats)?;
    sheet.insert_chart(2, 3, &chart(ChartType::Doughnut, "Controls by outcome", OUTCOME_ROW, &OUTCOMES))?;
    sheet.insert_chart(18, 3, &chart(ChartType::Bar, "Exceptions by severity", SEVERITY_ROW, &SEVERITIES))?;
    Ok(())
}

fn identity(report: &Report) -> Vec<(&'static str, String)> {
    let inputs = &report.inputs;
    vec![
        ("Tenant", inputs.tenant.to_string()),
        ("Framework", inputs.framework.to_string()),
        ("Period", inputs.period.to_string()),
        ("From (included)", inputs.period.start().to_string()),
        ("To (excluded)", inputs.period.end().to_string()),
        ("Report", report.report_id.to_string()),
        ("Snapshot", inputs.snapshot.to_string()),
        ("Catalog", inputs.catalog.to_string()),
        ("Templates", inputs.templates.to_string()),
    ]
}

fn outcomes(report: &Report) -> [(&'static str, u64); 4] {
    let summary = &report.summary;
    [
        ("pass", summary.pass),
        ("partial", summary.partial),
        ("fail", summary.fail),
        ("not evaluated", summary.not_evaluated),
    ]
}

fn severities(report: &Report) -> [(&'static str, u64); 4] {
    let summary = &report.summary;
    [("critical", summary.critical), ("high", summary.high), ("medium", summary.medium), ("low", summary.low)]
}

fn extent(report: &Report) -> [(&'static str, u64); 6] {
    let summary = &report.summary;
    [
        ("Controls in scope", summary.controls),
        ("Rows examined", summary.examined),
        ("Exceptions", summary.exceptions),
        ("Evidence due", report.coverage.expected),
        ("Evidence collected", report.coverage.collected),
        ("Rows of evidence", summary.evidence_rows),
    ]
}

fn counts(
    sheet: &mut Worksheet,
    title: &str,
    values: &[(&str, u64)],
    first: u32,
    formats: &Formats,
) -> Result<(), XlsxError> {
    sheet.write_string_with_format(first - 1, 0, title, &formats.header)?;
    sheet.write_string_with_format(first - 1, 1, "", &formats.header)?;
    for ((label, count), row) in values.iter().zip(first..) {
        sheet.write_string_with_format(row, 0, *label, &formats.text)?;
        sheet.write_number_with_format(row, 1, *count as f64, &formats.figure)?;
    }
    Ok(())
}

fn chart(kind: ChartType, title: &str, first: u32, colours: &[u32]) -> Chart {
    let points: Vec<ChartPoint> = colours.iter().map(|colour| point(*colour)).collect();
    let is_bar = kind == ChartType::Bar;
    let mut chart = Chart::new(kind);
    chart.set_width(460).set_height(300);
    chart.title().set_name(title);
    let series = chart.add_series();
    series.set_categories((NAME, first, 0, first + 3, 0)).set_values((NAME, first, 1, first + 3, 1));
    series.set_points(&points);
    if is_bar {
        series.set_gap(60).set_data_label(ChartDataLabel::new().show_value());
        chart.legend().set_hidden();
        // Of a bar chart the vertical axis has the categories: the gravest at the top.
        chart.y_axis().set_reverse().set_major_gridlines(false);
        chart.x_axis().set_major_gridlines(false).set_hidden(true);
    }
    chart
}

fn point(colour: u32) -> ChartPoint {
    ChartPoint::new().set_format(ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(colour)))
}
