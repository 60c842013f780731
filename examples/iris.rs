//! Any table of numbers: trains on a CSV file with a column of labels, saves the model, loads it and predicts.
//!
//! ```text
//! cargo run --example iris
//! ```

use std::fs;
use tonegrad::prelude::*;

/// The 150 flowers of Fisher 1936, four lengths each.
const FLOWERS: &str = include_str!("data/iris.csv");

fn main() -> Result<()> {
    let (folder, seed) = (std::env::temp_dir().join("tonegrad-iris"), Seed(0));
    let table = folder.join("iris.csv");
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&table, FLOWERS))
        .map_err(|e| Error::io(table.display(), &e))?;

    let flowers = Dataset::from_csv(&table, "species")?;
    let parts = flowers.split(seed)?.standardized()?;
    let network = Sequential::new([4]).then(Dense::new(16).relu()).then(Dense::new(3));
    let mut model = network.build::<f32>(seed)?;
    let history = Trainer::new(Adam::new(0.01)).batch_size(16).fit(&mut model, &parts.train, &parts.valid, seed)?;
    let test = model.evaluate(&parts.test)?;
    println!("{history}\n\n{test}");

    let standardize = parts.standardize.expect("the parts were standardised");
    let card = Card::new(flowers.classes(), flowers.features(), "iris", seed).tested(&test);
    Classifier::new(model, standardize, card)?.save(folder.join("iris.safetensors"))?;

    let classifier = Classifier::<f32>::load(folder.join("iris.safetensors"))?;
    let flower = [5.9, 3.0, 5.1, 1.8];
    let probabilities = classifier.probabilities(ndarray::arr2(&[flower]))?;
    for (name, probability) in classifier.card().classes.iter().zip(&probabilities) {
        println!("{flower:?} is {name} with probability {probability:.3}");
    }
    Ok(())
}
