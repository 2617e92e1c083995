//! A row as either engine gives it, and what is read from it.

use sqlx::postgres::PgRow;
use sqlx::{ColumnIndex, Decode, Postgres, Row as _, Type};

use super::error::Cause;
use crate::clock::Timestamp;
use crate::protocol::channel::Channel;

/// A row of one of the engines.
#[derive(Clone, Copy)]
pub enum Row<'r> {
    /// Of SQLite.
    Sqlite(&'r rusqlite::Row<'r>),
    /// Of PostgreSQL.
    Postgres(&'r PgRow),
}

/// Something that a row is read into.
pub trait FromRow: Sized + Send + 'static {
    /// Reads it.
    fn from_row(row: Row<'_>) -> Result<Self, Cause>;
}

/// A row of one column.
impl<T: Native + Send + 'static> FromRow for T {
    fn from_row(row: Row<'_>) -> Result<Self, Cause> {
        Self::read(row, 0)
    }
}

impl FromRow for Option<Timestamp> {
    fn from_row(row: Row<'_>) -> Result<Self, Cause> {
        Self::read(row, 0)
    }
}

/// A row of two columns.
impl<A: Column + Send + 'static, B: Column + Send + 'static> FromRow for (A, B) {
    fn from_row(row: Row<'_>) -> Result<Self, Cause> {
        Ok((A::read(row, 0)?, B::read(row, 1)?))
    }
}

/// Lets a struct be read from a row whose columns have the names of its fields.
macro_rules! row {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl $crate::store::row::FromRow for $name {
            fn from_row(row: $crate::store::row::Row<'_>) -> Result<Self, $crate::store::error::Cause> {
                Ok(Self { $($field: $crate::store::row::Column::read(row, stringify!($field))?),* })
            }
        }
    };
}

pub(crate) use row;

/// What a column is read into.
pub trait Column: Sized {
    /// Reads the column of this name or number.
    fn read<P: Place>(row: Row<'_>, place: P) -> Result<Self, Cause>;
}

/// Where a column is: its name, or its number.
pub trait Place: rusqlite::RowIndex + ColumnIndex<PgRow> + Copy {}

impl<P: rusqlite::RowIndex + ColumnIndex<PgRow> + Copy> Place for P {}

/// What both drivers know how to read.
trait Native: rusqlite::types::FromSql + for<'r> Decode<'r, Postgres> + Type<Postgres> {}

impl Native for String {}
impl Native for i64 {}
impl Native for bool {}

fn native<T: Native>(row: Row<'_>, place: impl Place) -> Result<Option<T>, Cause> {
    Ok(match row {
        Row::Sqlite(row) => row.get(place)?,
        Row::Postgres(row) => row.try_get(place)?,
    })
}

fn required<T: Native>(row: Row<'_>, place: impl Place) -> Result<T, Cause> {
    Ok(match row {
        Row::Sqlite(row) => row.get(place)?,
        Row::Postgres(row) => row.try_get(place)?,
    })
}

impl<T: Native> Column for T {
    fn read<P: Place>(row: Row<'_>, place: P) -> Result<Self, Cause> {
        required(row, place)
    }
}

impl<T: Native> Column for Option<T> {
    fn read<P: Place>(row: Row<'_>, place: P) -> Result<Self, Cause> {
        native(row, place)
    }
}

impl Column for Timestamp {
    fn read<P: Place>(row: Row<'_>, place: P) -> Result<Self, Cause> {
        required(row, place).map(Self)
    }
}

impl Column for Option<Timestamp> {
    fn read<P: Place>(row: Row<'_>, place: P) -> Result<Self, Cause> {
        Ok(native(row, place)?.map(Timestamp))
    }
}

impl Column for Channel {
    fn read<P: Place>(row: Row<'_>, place: P) -> Result<Self, Cause> {
        let name: String = required(row, place)?;
        Self::parse(&name).ok_or(Cause::Unknown("channel"))
    }
}
