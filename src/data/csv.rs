//! A data set from a CSV file: numbers in every column but one, which holds the label.

use super::dataset::Dataset;
use crate::names::shown;
use crate::{Error, Result};
use ndarray::Array2;
use std::collections::BTreeMap;
use std::path::Path;

impl Dataset {
    /// Reads a CSV file whose first line names the columns: `label` is the column of class names, every other one holds
    /// numbers. Rows keep the order of the file; classes are sorted by name.
    ///
    /// ```
    /// use tonegrad::data::Dataset;
    /// # let file = tempfile::NamedTempFile::new().unwrap();
    /// # let path = file.path();
    /// std::fs::write(path, "tempo,loudness,genre\n120,0.1,Rock\n80,0.3,Folk\n").unwrap();
    /// let songs = Dataset::from_csv(path, "genre")?;
    /// assert_eq!((songs.classes(), songs.y()), (&["Folk".to_string(), "Rock".into()][..], &[1, 0][..]));
    /// assert_eq!(songs.features(), ["tempo", "loudness"]);
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the file cannot be read; when there is no such column, or two columns of one name; when a line is longer or
    /// shorter than the first, a cell is no finite number, or a label is empty: with file, line and column.
    pub fn from_csv(path: impl AsRef<Path>, label: &str) -> Result<Dataset> {
        let name = path.as_ref().display().to_string();
        let file = std::fs::File::open(&path).map_err(|e| Error::io(&name, &e))?;
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
        let unread =
            |e: csv::Error| Error::data(&name).found(e.to_string()).wanted("a table of comma-separated values");
        let titles: Vec<String> = reader.headers().map_err(unread)?.iter().map(str::to_owned).collect();
        let at = column(&name, &titles, label)?;

        let (mut x, mut labels) = (Vec::new(), Vec::new());
        for record in reader.records() {
            let record = record.map_err(unread)?;
            let line = record.position().map_or(0, csv::Position::line);
            for (i, (cell, title)) in record.iter().zip(&titles).enumerate() {
                let place = || format!("{name}, line {line}, column {}", shown(title));
                if i != at {
                    let number = cell.parse::<f32>().ok().filter(|number| number.is_finite());
                    x.push(number.ok_or_else(|| {
                        let fix = "leave the row out, or put in a value of your choice";
                        Error::data(place()).found(shown(cell)).wanted("a finite number").fix(fix)
                    })?);
                } else if cell.is_empty() {
                    return Err(Error::data(place()).found("an empty cell").wanted("a class"));
                } else {
                    labels.push(cell.to_owned());
                }
            }
        }
        if labels.is_empty() {
            return Err(Error::data(name).found("no row after the first line").wanted("at least one"));
        }
        let classes: BTreeMap<&str, ()> = labels.iter().map(|label| (label.as_str(), ())).collect();
        let classes: Vec<&str> = classes.into_keys().collect();
        let y = labels
            .iter()
            .map(|label| classes.binary_search(&label.as_str()).expect("every label is a class"))
            .collect();
        let x =
            Array2::from_shape_vec((labels.len(), titles.len() - 1), x).expect("a number for each column of each row");
        let features = titles.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, title)| title);
        Dataset::new(x, y, classes)?.with_features(features)
    }
}

/// The position of the label among the titles, each of which must be there once.
fn column(name: &str, titles: &[String], label: &str) -> Result<usize> {
    if let Some(twice) = titles.iter().enumerate().find(|(i, title)| titles[..*i].contains(title)) {
        return Err(Error::data(format!("{name}, line 1"))
            .found(format!("two columns {}", shown(twice.1)))
            .wanted("one of each"));
    }
    if titles.len() < 2 {
        return Err(Error::data(format!("{name}, line 1"))
            .found(format!("{} columns", titles.len()))
            .wanted("a label and at least one feature, separated by commas"));
    }
    titles.iter().position(|title| title == label).ok_or_else(|| {
        let known: Vec<_> = titles.iter().map(|title| shown(title)).collect();
        Error::data(format!("{name}, line 1"))
            .found(format!("no column {}", shown(label)))
            .wanted(format!("one of {}", known.join(", ")))
            .fix("name the column that holds the classes")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, label: &str) -> Result<Dataset> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Dataset::from_csv(file.path(), label)
    }

    #[test]
    fn quotes_spaces_and_line_ends_do_not_matter() {
        let songs = read(
            "a, genre ,\"b\"
1,\"R&B, Soul\", 2
-3e2,Folk,4.5
",
            "genre",
        )
        .unwrap();
        assert_eq!(
            (songs.features(), songs.classes()),
            (&["a".to_string(), "b".into()][..], &["Folk".to_string(), "R&B, Soul".into()][..])
        );
        assert_eq!((songs.x(), songs.y()), (ndarray::array![[1.0, 2.0], [-300.0, 4.5]].view(), &[1, 0][..]));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (text, label, wanted) in [
            ("a,b\n1,x\n", "c", "line 1: found no column \"c\", wanted one of \"a\", \"b\""),
            ("a,b\nx,x\n", "b", "line 2, column \"a\": found \"x\", wanted a finite number"),
            ("a,b\n1,x\ninf,x\n", "b", "line 3, column \"a\": found \"inf\""),
            ("a,b\n1,\n", "b", "line 2, column \"b\": found an empty cell"),
            ("a,b\n", "b", "found no row after the first line"),
            ("", "b", "found 0 columns"),
            ("b\nx\n", "b", "found 1 columns"),
            ("a,a,b\n1,2,x\n", "b", "found two columns \"a\""),
            ("a,b\n1,2,x\n", "b", "record 1 (line: 2"),
        ] {
            let error = read(text, label).unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
        let error = Dataset::from_csv("/nowhere.csv", "b").unwrap_err().to_string();
        assert!(error.starts_with("/nowhere.csv: found "), "{error}");
    }
}
