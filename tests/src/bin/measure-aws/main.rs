//! What `cargo xtask bench aws` runs against the stores that the environment names. Not meant to be run by hand.
//!
//! - `measure-aws speed <kilobytes> <hours> <rounds>`: collections per second of the function's handler, against bare calls
//! - `measure-aws calls <kilobytes>`: what is asked of AWS for a slot, for a collected slot, and for each step of a report
//!
//! Both answer with one JSON object.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a measuring program: what it prepares either works or ends it"
)]

mod calls;
mod meter;
mod organisation;
mod speed;

use tests::AwsGround;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ground = AwsGround::from_environment().await.unwrap_or_else(|| panic!("the environment names no stores"));
    let answer = match arguments.as_slice() {
        ["speed", kilobytes, hours, rounds] => {
            speed::measure(&ground, number(kilobytes), number(hours), number(rounds)).await
        }
        ["calls", kilobytes] => calls::measure(&ground, number(kilobytes)).await,
        other => panic!("measure-aws knows no {other:?}"),
    };
    println!("{answer}");
}

fn number(word: &str) -> usize {
    word.parse().unwrap_or_else(|_| panic!("{word:?} is no number"))
}
