//! Pages are well-formed, whole in themselves, and say in words and numbers what they draw.

use ndarray::{Array2, array};
use roxmltree::{Document, Node, ParsingOptions};
use std::collections::HashSet;
use tonegrad::fma::pages::{self, ComparisonRow, ProvenanceRow};
use tonegrad::fma::report::{Choices, Report};
use tonegrad::fma::{Balance, Preparation, Protocol};
use tonegrad::metrics::{Assessment, Confusion, Evaluation, Spread};
use tonegrad::pictures;
use tonegrad::pictures::{Cell, Chart, Heatmap, Page, Picture, Table};
use tonegrad::prelude::*;
use tonegrad::train::{Epoch, Stopped};

const HOSTILE: &str = "R&B <script>alert(\"1\")</script> 'ü' \u{0}]]>";

/// Parses a page and checks what holds for every page; gives the text of its tables.
fn checked(page: &Page) -> String {
    let html = page.to_html();
    let document = Document::parse_with_options(&html, ParsingOptions { allow_dtd: true, ..Default::default() });
    let document = document.expect("well-formed");
    let elements = || document.descendants().filter(Node::is_element);

    let ids: Vec<_> = elements().filter_map(|n| n.attribute("id")).collect();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "an id is there twice");
    assert_eq!(document.root_element().attribute("lang"), Some("en-GB"));
    assert_eq!(elements().filter(|n| n.has_tag_name("h1")).count(), 1);

    let known = ["html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "b", "div"];
    let known = known.into_iter().chain(["figure", "figcaption", "details", "summary", "table", "caption", "thead"]);
    let known = known.chain([
        "tbody", "tr", "th", "td", "svg", "desc", "text", "rect", "line", "circle", "polyline", "polygon", "path",
    ]);
    let known: HashSet<_> = known.collect();
    for node in elements() {
        let name = node.tag_name().name();
        assert!(known.contains(name), "<{name}>");
        for attribute in node.attributes() {
            assert!(!["src", "href", "srcset", "onload", "onclick"].contains(&attribute.name()), "{attribute:?}");
            assert!(!attribute.value().contains("NaN") && !attribute.value().contains("inf"), "{attribute:?}");
        }
    }
    let style = elements().find(|n| n.has_tag_name("style")).unwrap().text().unwrap();
    assert!(!["url(", "@import", "http"].iter().any(|outside| style.contains(outside)));

    let figures = || elements().filter(|n| n.has_tag_name("figure"));
    assert_eq!(figures().count(), elements().filter(|n| n.tag_name().name() == "svg").count());
    for figure in figures() {
        let part = |name: &str| figure.descendants().find(|n| n.tag_name().name() == name).expect(name);
        let svg = part("svg");
        assert_eq!(svg.attribute("role"), Some("img"));
        for (reference, name) in [("aria-labelledby", "title"), ("aria-describedby", "desc")] {
            let named = svg.children().find(|n| n.tag_name().name() == name).expect(name);
            assert_eq!(svg.attribute(reference), named.attribute("id"));
            assert!(named.text().is_some_and(|text| !text.is_empty()));
        }
        part("figcaption");
        part("table");
    }
    let tables = elements().filter(|n| n.has_tag_name("td") || n.has_tag_name("th"));
    tables.map(|cell| cell.text().unwrap_or("").to_string() + "\n").collect()
}

/// What stands on the pictures themselves.
fn drawn(picture: &Picture) -> Vec<String> {
    let svg = picture.to_svg();
    let document = Document::parse(&svg).expect("well-formed");
    let texts = document.descendants().filter(|n| n.tag_name().name() == "text");
    texts.map(|n| n.text().unwrap_or("").trim().to_string()).collect()
}

fn has(texts: &[String], text: &str) -> bool {
    texts.iter().any(|t| t == text)
}

fn history(losses: &[f64], best_epoch: usize) -> History {
    let epoch = |(i, &loss): (usize, &f64)| Epoch {
        epoch: i + 1,
        loss,
        accuracy: 0.25,
        val_loss: loss + 0.125,
        val_accuracy: 0.1875,
        val_balanced_accuracy: 0.1,
        val_macro_f1: 0.1,
        learning_rate: 1e-3,
        seconds: 1.0,
    };
    let epochs = losses.iter().enumerate().map(epoch).collect();
    History { epochs, best_epoch, monitor: Monitor::ValLoss, stopped: Stopped::Finished }
}

/// `classes` classes, of which the last has neither tracks nor predictions.
fn evaluation(classes: usize) -> Evaluation {
    let names = (0..classes).map(|i| if i == 0 { HOSTILE.into() } else { format!("genre {i}") });
    let truth: Vec<usize> = (0..3 * classes).map(|i| i % (classes - 1)).collect();
    let predicted: Vec<usize> = truth.iter().enumerate().map(|(i, &t)| if i % 5 == 0 { 0 } else { t }).collect();
    let confusion = Confusion::new(names, &truth, &predicted).unwrap();
    Evaluation { loss: 1.5, top_3: 0.75, confusion }
}

fn study_row(model: &str, leaks: bool, tests: &[f64], published: Option<f64>) -> ComparisonRow {
    let test = Spread::of(tests);
    let parameters = (!leaks).then_some(8_304);
    let (train, valid, balanced_accuracy, macro_f1, seconds) = (test, test, test, test, test);
    let model = model.to_string();
    ComparisonRow {
        model,
        balance: None,
        parameters,
        leaks,
        train,
        valid,
        test,
        balanced_accuracy,
        macro_f1,
        seconds,
        published,
    }
}

#[test]
fn curves_show_any_history() {
    for (losses, best) in [
        (&[][..], 0),
        (&[2.0][..], 1),
        (&[2.0, 1.5, 1.75], 2),
        (&[f64::NAN, 2.0, f64::INFINITY, 1.0, f64::NEG_INFINITY], 4),
        (&[f64::NAN], 1),
        (&[0.0, 0.0], 1),
        (&[1e300, -1e300], 2),
        (&[1e-12, 2e-12], 1),
        (&[1e-300, 1e-15], 1),
        (&[1e12, 1e12 + 1.0], 1),
        (&[-1e12, 1e12], 1),
        (&[1e13, 2.0, 1.0], 3),
        (&[f64::MAX, f64::MIN], 1),
        (&[7.0; 500], 500),
        (&[1.0], 9),
    ] {
        let cells = checked(&Page::new("curves").figures(pictures::curves(&history(losses, best))));
        losses.iter().for_each(|loss| assert!(cells.contains(&format!("{loss:.4}\n")), "{loss}"));
    }
    let [loss, accuracy] = pictures::curves(&history(&[2.0, 1.5, 1.75], 2));
    assert!(has(&drawn(&loss), "best epoch, 2") && has(&drawn(&accuracy), "validation"));
    assert!(loss.description().contains("validation loss from 2.1250 to 1.8750; in the best epoch, 2, it is 1.6250"));
    assert_eq!(loss.title(), "Loss by epoch");
}

#[test]
fn a_line_ends_where_numbers_do() {
    let polylines = |losses: &[f64]| pictures::curves(&history(losses, 1))[0].to_svg().matches("points=\"").count();
    let whole = polylines(&[4.0, 3.0, 2.0, 1.0, 0.5]);
    assert_eq!(polylines(&[4.0, 3.0, f64::NAN, 1.0, 0.5]), whole + 2, "two lines, each in two pieces");
}

#[test]
fn matrices_show_any_number_of_classes() {
    for classes in [2, 3, 16, 30, 161] {
        let e = evaluation(classes);
        let page = Page::new("matrix").figures(pictures::confusion(&e.confusion)).figure(pictures::scores(&e));
        let cells = checked(&page);
        assert!(cells.contains("R&B <script>alert(\"1\")</script> 'ü' \u{FFFD}]]>\n"), "{cells}");
        assert!(page.to_html().contains(&format!("genre {}</th>", classes - 1)), "the scores list all, with 0 tracks");
        assert!(page.to_html().contains("1 genre without"), "and the pictures say that one is left out");
    }
    let confusion = Confusion::new(["Folk", "Rock"], &[0, 0, 0, 1], &[0, 1, 1, 1]).unwrap();
    let [counts, shares] = pictures::confusion(&confusion);
    assert!(["Folk", "Rock", "1", "2", "taken for"].iter().all(|text| has(&drawn(&counts), text)));
    assert!(["33", "67", "100"].iter().all(|text| has(&drawn(&shares), text)));
    assert!(
        counts.description().contains("2 of 4 tracks are correct. The most frequent mistake: Folk taken for Rock, 2.")
    );
}

#[test]
fn scores_are_drawn_beside_their_bars() {
    let confusion = Confusion::new(["Folk", "Jazz", "Rock"], &[0, 0, 0, 1], &[0, 1, 1, 1]).unwrap();
    let scores = pictures::scores(&Evaluation { loss: 1.0, top_3: 1.0, confusion });
    let texts = drawn(&scores);
    // Folk: precision 1, recall 1/3, F1 1/2; Jazz: 1/3, 1, 1/2.
    assert!(["Folk", "3 tracks", "1 track", "1.00", "0.33", "0.50"].iter().all(|text| has(&texts, text)), "{texts:?}");
    assert!(!has(&texts, "Rock"), "has neither tracks nor predictions");
}

#[test]
fn balance_counts_every_genre() {
    let picture = pictures::balance(&["Folk", HOSTILE, "none"], &[24, 14_182], &[6_000, 6_000]);
    assert!(["24", "14,182", "6,000"].iter().all(|text| has(&drawn(&picture), text)));
    assert!(!has(&drawn(&picture), "none"));
    let cells = checked(&Page::new("balance").figure(picture));
    assert!(cells.contains("Folk\n24\n6,000\n") && cells.contains("none\n0\n0\n"), "{cells}");
    let none: [&str; 0] = [];
    checked(&Page::new("nothing").figure(pictures::balance(&none, &[], &[])));
    let many: Vec<_> = (0..161).map(|i| i.to_string()).collect();
    checked(&Page::new("many").figure(pictures::balance(&many, &[7; 161], &[9; 161])));
}

#[test]
fn protocols_stand_side_by_side() {
    let rows = [
        study_row("softmax", false, &[0.62, 0.64], None),
        study_row("softmax", true, &[0.72, 0.74], None),
        study_row("genre-cnn", true, &[0.9], Some(0.8955)),
        study_row(HOSTILE, false, &[], None),
        ComparisonRow { balance: Some("smote".into()), ..study_row("softmax", false, &[0.52], None) },
    ];
    let picture = pages::comparison(&rows);
    assert!(picture.description().contains("Over 1 model under both protocols, paper reports 10.0 points more"));
    let texts = drawn(&picture);
    let wanted = [
        "honest",
        "paper, leaks",
        "published",
        "softmax",
        "softmax, smote",
        "8,304 parameters",
        "0.63",
        "0.73",
        "0.90",
    ];
    assert!(wanted.iter().all(|text| has(&texts, text)), "{texts:?}");
    let alone = drawn(&pages::comparison(&rows[..1]));
    assert!(!has(&alone, "paper, leaks") && !has(&alone, "published"));

    let page = pages::results_page(&rows, &[], Some("SYNTHETIC"));
    let cells = checked(&page);
    assert!(cells.contains("softmax\nhonest\n8,304\n63.0 ± 1.4\n"), "{cells}");
    assert!(cells.contains("NaN"), "a model without runs");
    assert!(cells.contains("softmax\nhonest, smote\n8,304\n52.0\n"), "{cells}");
    assert_eq!(page.to_html().matches("class=\"notice\"").count(), 2);
    assert_eq!(pages::results_page(&rows[..1], &[], None).to_html().matches("class=\"notice\"").count(), 0);
    checked(&pages::results_page(&[], &[], None));
    checked(&pages::results_page(&[study_row("absurd", true, &[1e300, -1e300], Some(f64::MAX))], &[], None));
}

#[test]
fn the_lesson_names_its_gains() {
    let row = |genre: &str, before, after| ProvenanceRow {
        genre: genre.into(),
        tracks: 24,
        before,
        after,
        real: 0.125,
        synthetic: 0.996,
        parents: 0.98,
    };
    let rows = [row("Rock", 0.7, 0.75), row(HOSTILE, f64::NAN, 0.5), row("Easy Listening", 1.0, 0.25)];
    let picture = pages::provenance(&rows);
    let texts = drawn(&picture);
    for text in ["+75 points", "\u{2212}5 points", "? points", "100%", "12%", "98%", "split first"] {
        assert!(has(&texts, text), "{text} is not among {texts:?}");
    }
    let place = |name: &str| texts.iter().position(|t| t.starts_with(name));
    assert!(place("Easy Listening") < place("Rock") && place("Rock") < place("R&B"), "most gained first");
    let cells = checked(&pages::results_page(&[], &rows, None));
    assert!(cells.contains("Easy Listening\n24\n100.0\u{202F}%\n25.0\u{202F}%\n+75\n12.5\u{202F}%\n"), "{cells}");
    assert!(pages::provenance(&[]).description().contains("an unknown share"));
}

#[test]
fn nothing_on_a_page_is_markup_but_its_own() {
    let table =
        Table::new(HOSTILE, [HOSTILE, "n"]).row([HOSTILE.into(), Cell::from(1_234_567_usize), "too many".into()]);
    let page = Page::new(HOSTILE).notice(HOSTILE).heading(HOSTILE).paragraph(HOSTILE).table(table.row([]));
    let cells = checked(&page.clone().figure(pictures::balance(&[HOSTILE], &[1], &[2]).titled(HOSTILE)));
    assert!(cells.contains("1,234,567\n") && !cells.contains("too many"));
    assert!(!page.to_html().contains("<script"));
    assert!(page.to_html().contains("<td class=\"n\">1,234,567</td>"), "numbers are right-aligned");
}

#[test]
fn a_page_is_written_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs/report.html");
    let page = Page::new("empty");
    page.write(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), page.to_html());
    assert!(page.write(folder.path()).is_err());
}

#[test]
fn a_run_has_a_page() {
    let seed = Seed(3);
    let fma = FmaReader::new().synthetic(seed, 400).unwrap();
    let (features, genres) = (fma.columns().len(), fma.dataset().classes().len());
    let (protocol, balance, split) = (Protocol::Paper, Balance::Oversample, Split::Random);
    let preparation = Preparation { protocol, balance, split, cap: 100, k: 5, ..Preparation::default() };
    let prepared = preparation.prepare(&fma, seed).unwrap();
    let parts = &prepared.parts;
    let mut model = networks::softmax_regression(features, genres).build::<f32>(seed).unwrap();
    let mut trainer = Trainer::new(Adam::new(1e-2)).epochs(2).batch_size(64);
    let history = trainer.fit(&mut model, &parts.train, &parts.valid, seed).unwrap();
    let test = model.evaluate(&parts.test).unwrap();
    let choices =
        Choices { model: "softmax".into(), preparation, batch_size: 64, learning_rate: 1e-2, seed, temperature: 1.0 };
    let probabilities = model.predict(parts.test.x());
    let assessment = Assessment::new(probabilities.view(), parts.test.y(), parts.test.groups(), seed).unwrap();
    let report = Report::new(&choices, (&fma, &prepared), (&model, &history), (test, assessment), 1.0);
    let page = pages::run_page(&report, &history);
    let cells = checked(&page);
    assert!(cells.contains(&format!("accuracy\n{:.4}\n", report.test.accuracy())), "{cells}");
    assert!(cells.contains(&format!("{:.4}\n", history.epochs[1].val_loss)));
    assert!(fma.dataset().classes().iter().all(|genre| cells.contains(&format!("{genre}\n"))));
    let html = page.to_html();
    for notice in ["SYNTHETIC data", "LEAKING protocol"] {
        assert!(html.contains(&format!("class=\"notice\" role=\"note\">{notice}")), "{notice}");
    }
    assert!(html.contains("Genres before and after balancing"));
}

#[test]
fn a_computation_is_drawn_with_values_and_gradients() {
    let tape = Tape::keeping_all();
    let [x, w] = [("x", 2.0), ("w", -3.0)].map(|(name, value)| tape.label(name, tape.leaf(Tensor::scalar(value))));
    let data = tape.constant(Tensor::from([0.5, 0.25]));
    let h = tape.label(HOSTILE, &x * &w);
    let y = (&h + &x).relu() + (data * tape.leaf(Tensor::zeros([2]))).sum();
    let before = tape.draw(None);
    let gradients = tape.gradients(&y);
    let graph = tape.draw(Some(&gradients));
    // The walk does not take it away, and adds the gradients.
    assert_eq!(before.nodes().len(), graph.nodes().len());
    assert!(before.nodes().iter().all(|node| node.gradient.is_none()));
    for (i, node) in graph.nodes().iter().enumerate() {
        assert!(node.inputs.iter().all(|&input| input < i), "{graph}");
        assert_eq!(
            (node.inputs.is_empty(), node.gradient.is_none()),
            (["leaf", "constant"].contains(&node.made_by), node.made_by == "constant")
        );
    }
    let named = |name: &str| graph.nodes().iter().find(|node| node.label.as_deref() == Some(name)).unwrap();
    assert_eq!(named("w").gradient, Some(gradients.of(&w)));
    assert_eq!(named(HOSTILE).inputs.iter().map(|&i| graph.name(i)).collect::<Vec<_>>(), ["x", "w"]);
    assert_eq!(graph.to_string().lines().count(), 1 + graph.nodes().len());

    let picture = pictures::graph(&graph).unwrap();
    assert_eq!(picture, pictures::graph(&graph).unwrap(), "the same graph, the same picture");
    let texts = drawn(&picture);
    for text in ["x  leaf", "w  leaf", "value -3", "value [0.5, 0.25]"] {
        assert!(has(&texts, text), "{texts:?} without {text}");
    }
    assert!(checked(&Page::new("Graph").figure(picture.clone())).contains("Mul"));
    // No two boxes touch, and every box is on the paper.
    let svg = picture.to_svg();
    let document = Document::parse(&svg).unwrap();
    let number = |node: &Node, name: &str| node.attribute(name).unwrap().parse::<f64>().unwrap();
    let outlined = |node: &Node| node.tag_name().name() == "rect" && node.attribute("fill") == Some("none");
    let boxes: Vec<[f64; 4]> = document
        .descendants()
        .filter(outlined)
        .map(|n| ["x", "y", "width", "height"].map(|of| number(&n, of)))
        .collect();
    assert_eq!(boxes.len(), graph.nodes().len());
    let paper: Vec<f64> =
        document.root_element().attribute("viewBox").unwrap().split(' ').map(|n| n.parse().unwrap()).collect();
    for (i, [x, y, w, h]) in boxes.iter().enumerate() {
        assert!(*x >= 0.0 && *y >= 0.0 && x + w <= paper[2] && y + h <= paper[3]);
        let apart = |b: &[f64; 4]| x + w < b[0] || b[0] + b[2] < *x || y + h < b[1] || b[1] + b[3] < *y;
        assert!(boxes[i + 1..].iter().all(apart), "{boxes:?}");
    }

    let large = Tape::keeping_all();
    let mut sum = large.leaf(Tensor::scalar(0.0));
    (0..400).for_each(|_| sum = &sum + &sum);
    let error = pictures::graph(&large.draw(None)).unwrap_err().to_string();
    assert!(error.starts_with("picture of a graph: found 401 values, wanted 1 to 300"), "{error}");
    assert!(pictures::graph(&Tape::<f32>::keeping_all().draw(None)).is_err());
}

#[test]
fn charts_and_heat_maps_show_any_numbers() {
    let wild = [(1.0, 2.0), (f64::NAN, 1.0), (0.0, f64::INFINITY), (-3.0, 1e300), (2.0, -1e9), (4.0, 1e-12)];
    for points in [&wild[..], &[], &wild[..1]] {
        let chart = Chart::new(HOSTILE, HOSTILE, "y").line(HOSTILE, points.to_vec()).points("points", points.to_vec());
        for chart in [chart.clone(), chart.log_x().log_y()] {
            checked(&Page::new("chart").figure(chart.picture()));
        }
    }
    let chart = Chart::new("Squares", "x", "x²").line("squares", (0..5).map(|x| (f64::from(x), f64::from(x * x))));
    assert!(
        ["squares", "x²", "15"].iter().all(|text| has(&drawn(&chart.picture()), text)),
        "{:?}",
        drawn(&chart.picture())
    );
    assert_eq!(chart.picture(), chart.picture(), "the same numbers, the same picture");

    for shape in [(0, 0), (1, 1), (3, 0), (40, 200)] {
        let values = Array2::from_shape_fn(shape, |(i, j)| if i == 2 { f64::NAN } else { (i * j) as f64 });
        checked(&Page::new("heat").figure(Heatmap::new(HOSTILE, "x", HOSTILE, values.view()).picture()));
    }
    // Rows count from below: a single dark cell, and its place.
    let values = array![[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]];
    let picture =
        Heatmap::new("One", "x", "y", values.view()).over(-1.0..=1.0, 0.0..=4.0).path("way", [(0.0, 1.0)]).picture();
    assert!(
        picture.to_svg().contains("fill-opacity=\"1.00\" shape-rendering=\"crispEdges\" d=\"M497 464H690V254H497z\"")
    );
    assert!(picture.description().starts_with("2 rows (y) by 3 columns (x), from 0 to 1;"));
}
