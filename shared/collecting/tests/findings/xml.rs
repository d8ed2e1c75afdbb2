//! Nessus, and XML that is none.

use crate::{
    all, found, refused,
    support::{raw, rows, texts},
};

/// A scan of two machines.
pub const NESSUS: &str = r#"<?xml version="1.0" ?>
<NessusClientData_v2><Policy><policyName>p &amp; q</policyName></Policy>
<Report name="week" xmlns:cm="http://www.nessus.org/cm"><ReportHost name="db1"><HostProperties>
<tag name="HOST_END">Wed Jul  1 10:00:00 2026</tag><tag name="HOST_END_TIMESTAMP">1782900000</tag></HostProperties>
<ReportItem port="443" svc_name="www" protocol="tcp" severity="4" pluginID="10" pluginName="A &lt;b&gt; &#x26; c">
<cve>CVE-2026-1</cve><cve>CVE-2026-2</cve><plugin_output><![CDATA[</ReportItem>]]></plugin_output></ReportItem>
<ReportItem port="0" svc_name="general" protocol="tcp" severity="0" pluginID="11" pluginName="Info"/>
<ReportItem port="0" protocol="tcp" severity="3" pluginID="21157" pluginName="Unix Compliance Checks">
<cm:compliance-check-name>1.1 A rule</cm:compliance-check-name><cm:compliance-result>FAILED</cm:compliance-result></ReportItem>
<ReportItem port="0" protocol="tcp" severity="1" pluginID="21157"><cm:compliance-result>PASSED</cm:compliance-result>
<cm:compliance-check-name>1.2 A rule</cm:compliance-check-name></ReportItem></ReportHost>
<ReportHost name="web"><ReportItem port="22" protocol="tcp" severity="2" pluginID="12" pluginName="x"/></ReportHost></Report>
</NessusClientData_v2>
"#;

#[test]
fn nessus_gives_every_item_of_every_host() {
    let found = texts(&rows(&all(), &[raw("hosts.nessus", NESSUS)]).unwrap());
    let at = "2026-07-01T10:00:00Z";
    assert_eq!(found.len(), NESSUS.matches("<ReportItem ").count());
    assert_eq!(
        found,
        [
            ["Nessus", "db1", "10", "A <b> & c", "critical", "open", "tcp/443", "", at, "CVE-2026-1 CVE-2026-2"],
            ["Nessus", "db1", "11", "Info", "info", "open", "", "", at, ""],
            ["Nessus", "db1", "1.1 A rule", "1.1 A rule", "high", "open", "", "", at, ""],
            ["Nessus", "db1", "1.2 A rule", "1.2 A rule", "low", "passed", "", "", at, ""],
            ["Nessus", "web", "12", "x", "medium", "open", "tcp/22", "", "", ""],
        ]
    );
}

#[test]
fn xml_that_is_broken_or_of_another_kind_is_refused() {
    for (xml, expected) in [
        (NESSUS.replace("severity=\"2\"", "severity=\"9\""), "line 12: the severity of a ReportItem"),
        (NESSUS.replace("severity=\"2\" ", ""), "lacks its attribute \"severity\""),
        (NESSUS.replace("</ReportHost></Report>", "</Report></ReportHost>"), "line 12: this is not well-formed XML"),
        (NESSUS.replace("</NessusClientData_v2>", ""), "the file ends before its XML does"),
        (NESSUS[..NESSUS.len() / 2].to_owned(), "dir/report.any"),
        (format!("{NESSUS}<more/>"), "something stands behind the end"),
        (NESSUS.replace("NessusClientData_v2", "NessusClientData"), "no report of Nessus in version 2"),
        ("<NessusClientData_v2><Policy/></NessusClientData_v2>".to_owned(), "a policy, not a scan"),
        (NESSUS.replace(">FAILED<", ">ODD<"), "the compliance-result of a ReportItem is none of"),
    ] {
        let refusal = refused(&xml);
        assert!(refusal.contains(expected), "{refusal}");
    }
    let empty = "<NessusClientData_v2><Report name=\"x\"/></NessusClientData_v2>";
    assert!(found(&["rule:text"], empty).is_empty());
}

#[test]
fn xml_with_a_document_type_or_entities_of_its_own_is_refused() {
    let lol = "<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">";
    let bomb = format!("<!DOCTYPE n [<!ENTITY a \"lol\">{lol}]>");
    let external = "<!DOCTYPE n [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
    for (doctype, entity) in [(bomb.as_str(), "&c;"), (external, "&x;"), ("<!DOCTYPE n SYSTEM \"http://x/n.dtd\">", "")]
    {
        let body = NESSUS.replace("CVE-2026-1", entity);
        let refusal = refused(&body.replacen("?>", &format!("?>{doctype}"), 1));
        assert!(refusal.contains("has a document type (DOCTYPE)"), "{refusal}");
        let refusal = refused(&body.replacen("<Policy>", doctype, 1));
        assert!(refusal.contains("has a document type (DOCTYPE)"), "{refusal}");
    }
    for broken in [
        NESSUS.replace("CVE-2026-1", "&x;"),
        NESSUS.replace("pluginID=\"12\"", "pluginID=\"&x;\""),
        NESSUS.replace("p &amp; q", "&x;"),
    ] {
        assert!(refused(&broken).contains("an entity that XML itself does not define"));
    }
}
