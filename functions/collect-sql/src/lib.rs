#![doc = include_str!("../README.md")]

mod ask;
mod clickhouse;
mod collector;
mod document;
mod grant;
mod mysql;
mod network;
mod parameter;
mod postgresql;
mod said;
mod sqlite;
mod statement;
mod stream;
mod value;

pub use collector::{NAME, SqlCollector};
