//! A million rows on the whole way, within one GiB of memory.

#![cfg(test)]

use std::{
    fs,
    io::{BufWriter, Write as _},
    path::Path,
    process::{Command, Stdio},
};
use wait4::Wait4 as _;

const GIB: u64 = 1 << 30;

/// The peak memory of a command in bytes; it has to succeed.
fn peak(folder: &Path, arguments: &[&str]) -> u64 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exhibit"));
    let child = command.args(arguments).current_dir(folder).stdout(Stdio::null()).spawn().unwrap();
    let ended = child.wait4().unwrap();
    assert!(ended.status.success(), "{arguments:?}");
    ended.rusage.maxrss
}

fn write_report(path: &Path) {
    let mut file = BufWriter::new(fs::File::create(path).unwrap());
    let names = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
        password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
        access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
        access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
        cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
    writeln!(file, "{names}").unwrap();
    for number in 0..1_000_000 {
        let rest = "2024-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,true,2026-10-01T00:00:00+00:00,N/A,N/A,N/A,\
            false,N/A,N/A,N/A,N/A,false,N/A,false,N/A";
        writeln!(file, "user{number},arn:aws:iam::123456789012:user/user{number},{rest}").unwrap();
    }
}

#[test]
fn a_million_rows_are_collected_reported_and_verified_within_one_gib() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    write_report(&folder.join("report.csv"));
    peak(folder, &["init", "--tenant", "acme"]);
    let collect = ["collect", "--control", "access-mfa", "--period", "2026-09-30", "--file", "aws-iam=report.csv"];
    for arguments in [&collect[..], &["report", "--framework", "soc2", "--period", "2026-09-30"], &["verify"]] {
        let peak = peak(folder, arguments);
        println!("{}: {} MB", arguments[0], peak / 1_000_000);
        assert!(peak < GIB, "{arguments:?} took {peak} bytes");
    }
}
