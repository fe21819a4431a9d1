//! A pipeline as a lane: columns from left to right, each with the steps of a place from top to bottom.
//!
//! An ephemeral environment that spans several columns is a box around its columns, and a strip below the columns in
//! between; a `teardown` without other steps is in the strip. The failure lines run to the right of each column.

use super::block::{Block, broken};
use super::canvas::{CUBE, Canvas, HOURGLASS, LOCK, NAME, NOTE, PERSON, PLACE, Rect};
use super::text::wrap;
use crate::graph::{Group, Lane, Location, StepKind};
use crate::model::value::show_duration;
use crate::schema::stages::StageId;

/// A column.
const COLUMN: i32 = 244;
/// Between columns.
const GAP: i32 = 30;
/// Around the contents of a lane.
const PAD: i32 = 18;
/// In a card, left of the steps.
const LEFT: i32 = 14;
/// In a card, right of the steps, where the failure lines run.
const RIGHT: i32 = 28;
/// Between two steps.
const STEP: i32 = 14;
/// Between two cards, one above the other.
const CARD: i32 = 26;
/// Where lines enter and leave a card, from its top; the same in a step, from its left.
const DOOR: i32 = 18;
/// The distances of the two failure lines from the right edge of the column.
const NEAR: i32 = 18;
const FAR: i32 = 9;

/// The width of a picture with this many columns.
pub fn page_width(columns: usize) -> i32 {
    let columns = i32::try_from(columns).unwrap_or(i32::MAX / COLUMN);
    columns * (COLUMN + GAP) - GAP + 2 * PAD
}

/// The minimum number of columns of a lane: the push and the builds can use the same one.
pub fn columns(lane: &Lane) -> usize {
    let own = (0..lane.groups.len()).filter(|at| !stands_alone(lane, *at)).count();
    own - usize::from(builds(lane))
}

fn builds(lane: &Lane) -> bool {
    lane.groups.iter().any(|group| group.place == Location::Build)
}

/// Whether a group only removes an environment, which needs no column.
fn stands_alone(lane: &Lane, at: usize) -> bool {
    matches!(lane.groups[at].steps.as_slice(), [step] if lane.steps[*step].kind == StepKind::Stage(StageId::Teardown))
}

/// A lane after its layout.
pub struct Picture<'a> {
    lane: &'a Lane,
    rect: Rect,
    head: Vec<(super::canvas::Font, String)>,
    /// By step; all are set after the layout.
    blocks: Vec<Option<Block<'a>>>,
    /// By group; for a lone teardown, the strip.
    cards: Vec<Rect>,
    /// By group; for a lone teardown, the one above.
    columns: Vec<usize>,
    regions: Vec<Region>,
}

/// An ephemeral environment with more than one card.
struct Region {
    /// Its groups.
    groups: Vec<usize>,
    strip: Rect,
}

impl<'a> Picture<'a> {
    /// Lays out the lane in at most `most` columns.
    pub fn new(lane: &'a Lane, most: usize, x: i32, y: i32) -> Self {
        let w = page_width(most);
        let room = w - 2 * PAD;
        let facts = format!("delivers {} in at most {}", lane.app, show_duration(lane.deadline));
        let head: Vec<_> = broken(NAME, &lane.name, room).chain(broken(NOTE, &facts, room)).collect();
        let blocks = (0..lane.steps.len()).map(|_| None).collect();
        let rect = Rect { x, y, w, h: 0 };
        let cards = vec![Rect::default(); lane.groups.len()];
        let mut picture = Self { lane, rect, head, blocks, cards, columns: Vec::new(), regions: Vec::new() };
        picture.columns = picture.choose_columns(most);
        let bottom = picture.place_cards();
        picture.rect.h = picture.place_strips(bottom) + PAD - y;
        picture
    }

    /// Where the lane ends.
    pub fn bottom(&self) -> i32 {
        self.rect.bottom()
    }

    fn choose_columns(&self, most: usize) -> Vec<usize> {
        let stacked = columns(self.lane) + usize::from(builds(self.lane)) > most;
        let mut columns: Vec<usize> = Vec::new();
        for (at, group) in self.lane.groups.iter().enumerate() {
            let shared = stands_alone(self.lane, at) || (stacked && group.place == Location::Build);
            columns.push(columns.last().map_or(0, |last| last + usize::from(!shared)));
        }
        columns
    }

    fn column_x(&self, column: usize) -> i32 {
        self.rect.x + PAD + i32::try_from(column).unwrap_or_default() * (COLUMN + GAP)
    }

    fn top(&self) -> i32 {
        self.rect.y + PAD + self.head.iter().map(|(font, _)| font.line).sum::<i32>() + 14
    }

    /// Lays out the steps of all cards, and returns where the lowest card ends.
    fn place_cards(&mut self) -> i32 {
        let mut lowest = self.top();
        let mut below = self.top();
        for (at, group) in self.lane.groups.iter().enumerate() {
            if stands_alone(self.lane, at) {
                continue;
            }
            if at == 0 || self.columns[at] != self.columns[at - 1] {
                below = self.top();
            }
            let (x, y) = (self.column_x(self.columns[at]), below);
            below = if group.place == Location::Start {
                self.place_start(group, x, y)
            } else {
                self.place_card(group, x, y)
            };
            self.cards[at] = Rect { x, y, w: COLUMN, h: below - y };
            if let Some(roll_back) = group.roll_back {
                // The space to its left is for the line to the next column.
                let left = LEFT + 2 * DOOR;
                below = self.place(roll_back, x + left, below + 20, COLUMN - left - RIGHT);
            }
            lowest = lowest.max(below);
            below += CARD;
        }
        lowest
    }

    fn place_start(&mut self, group: &Group, x: i32, y: i32) -> i32 {
        group.steps.iter().fold(y, |y, step| self.place(*step, x, y, COLUMN))
    }

    fn place_card(&mut self, group: &Group, x: i32, y: i32) -> i32 {
        let fork = if group.place == Location::Build { DOOR } else { 0 };
        let mut below = y + head_height(&group.place, group.steps.len());
        for step in &group.steps {
            below =
                self.place(*step, x + LEFT + fork, below, COLUMN - LEFT - fork - if fork > 0 { LEFT } else { RIGHT });
            below += if fork > 0 { 8 } else { STEP };
        }
        below - if fork > 0 { 8 } else { STEP } + LEFT
    }

    fn place(&mut self, step: usize, x: i32, y: i32, w: i32) -> i32 {
        let mut block = Block::new(&self.lane.steps[step], w);
        (block.rect.x, block.rect.y) = (x, y);
        let bottom = block.rect.bottom();
        self.blocks[step] = Some(block);
        bottom
    }

    /// Lays out the strips of environments that span columns, each below those that were opened later, and returns
    /// where the lowest ends.
    fn place_strips(&mut self, bottom: i32) -> i32 {
        let mut below = bottom;
        let lane = self.lane;
        for (first, group) in lane.groups.iter().enumerate().rev() {
            let same = |at: &usize| lane.groups[*at].place == group.place;
            let groups: Vec<_> = (first..lane.groups.len()).filter(same).collect();
            let ephemeral = matches!(group.place, Location::Ephemeral { .. });
            if !ephemeral || groups.len() < 2 || (0..first).any(|at| same(&at)) {
                continue;
            }
            let last = *groups.last().expect("there are two");
            let (x, y) = (self.column_x(self.columns[first]), below + 24);
            below = y + 34;
            if stands_alone(lane, last) {
                let column = self.column_x(self.columns[last]);
                let close = lane.groups[last].steps[0];
                below = self.place(close, column + LEFT, y + LEFT, COLUMN - LEFT - RIGHT) + LEFT;
            }
            let strip = Rect { x, y, w: self.column_x(self.columns[last]) + COLUMN - x, h: below - y };
            for at in &groups {
                let card = &mut self.cards[*at];
                *card = if stands_alone(lane, *at) { strip } else { Rect { h: below - card.y, ..*card } };
            }
            self.regions.push(Region { groups, strip });
        }
        below
    }

    fn rect_of(&self, step: usize) -> Rect {
        self.blocks[step].as_ref().map(|block| block.rect).unwrap_or_default()
    }

    /// Draws the lane.
    pub fn draw(&self, canvas: &mut Canvas) {
        canvas.rect(self.rect, 12, "lane");
        let mut y = self.rect.y + PAD - 4;
        for (font, line) in &self.head {
            canvas.text(self.rect.x + PAD, y + font.line - 4, *font, line);
            y += font.line;
        }
        for region in &self.regions {
            canvas.outline(&self.outline(region), "change edge");
        }
        for (at, group) in self.lane.groups.iter().enumerate() {
            if group.place != Location::Start && !stands_alone(self.lane, at) {
                self.draw_card(at, group, canvas);
            }
        }
        for block in self.blocks.iter().flatten() {
            block.draw(canvas);
        }
        for at in 1..self.lane.groups.len() {
            self.draw_way(at, canvas);
        }
        for target in 0..self.lane.steps.len() {
            self.draw_failures(target, canvas);
        }
    }

    /// The corners of a region: along the tops of its cards and of the strip between them, and back below.
    fn outline(&self, region: &Region) -> Vec<(i32, i32)> {
        let Region { groups, strip } = region;
        let cards = groups.iter().filter(|at| !stands_alone(self.lane, **at)).map(|at| self.cards[*at]);
        let mut corners = Vec::new();
        for card in cards {
            corners.extend([(card.x, strip.y), (card.x, card.y), (card.right(), card.y), (card.right(), strip.y)]);
        }
        corners[0].1 = strip.bottom();
        match corners.last_mut() {
            Some(last) if last.0 == strip.right() => last.1 = strip.bottom(),
            _ => corners.extend([(strip.right(), strip.y), (strip.right(), strip.bottom())]),
        }
        corners
    }

    fn draw_card(&self, at: usize, group: &Group, canvas: &mut Canvas) {
        let card = self.cards[at];
        let (class, of, sign) = match &group.place {
            Location::Start | Location::Build => ("build", "of-build", CUBE),
            Location::Approval => ("build", "of-build", PERSON),
            Location::Ephemeral { .. } => ("change", "of-change", HOURGLASS),
            Location::Permanent { .. } => ("permanent", "of-permanent", LOCK),
        };
        if !self.regions.iter().any(|region| region.groups.contains(&at)) {
            canvas.rect(card, 10, if class == "change" { "change edge" } else { class });
        }
        canvas.icon(card.x + LEFT, card.y + 11, of, sign);
        let mut y = card.y + 10;
        for (font, line) in head(&group.place, group.steps.len()) {
            canvas.text(card.x + LEFT + if font == PLACE { 22 } else { 0 }, y + font.line - 4, font, &line);
            y += font.line;
        }
        let rects: Vec<_> = group.steps.iter().map(|step| self.rect_of(*step)).collect();
        if group.place == Location::Build {
            let x = card.x + LEFT + 5;
            for rect in &rects {
                canvas.flow_to(&format!("M{x} {}V{}H{}", y + 4, rect.y + DOOR, rect.x - 1));
            }
            return;
        }
        for pair in rects.windows(2) {
            canvas.flow_to(&format!("M{x} {}V{}", pair[0].bottom(), pair[1].y - 1, x = pair[0].x + DOOR));
        }
    }

    /// The line to a group from the one before.
    fn draw_way(&self, at: usize, canvas: &mut Canvas) {
        let (from, to) = (&self.lane.groups[at - 1], self.cards[at]);
        let last = from.steps.last().map(|step| self.rect_of(*step)).unwrap_or_default();
        if stands_alone(self.lane, at) {
            let close = self.rect_of(self.lane.groups[at].steps[0]);
            let permanent = matches!(from.place, Location::Permanent { .. } | Location::Build);
            let y = if permanent { self.cards[at - 1].bottom() } else { last.bottom() };
            canvas.flow_to(&format!("M{x} {y}V{}", close.y - 1, x = close.x + DOOR));
        } else if self.columns[at] == self.columns[at - 1] {
            let x = to.x + LEFT + DOOR;
            canvas.flow_to(&format!("M{x} {}V{}", self.cards[at - 1].bottom(), to.y - 1));
        } else {
            // The line leaves a removal below its middle, where no failure line enters.
            let (x, y) = match stands_alone(self.lane, at - 1) {
                true => (last.right(), last.bottom() - 8),
                false => (self.cards[at - 1].right(), self.cards[at - 1].y + DOOR),
            };
            let (end, door) = (to.x - 1, to.y + DOOR);
            if y == door {
                canvas.flow_to(&format!("M{x} {y}H{end}"));
            } else {
                let turn = to.x - GAP / 2;
                canvas.flow_to(&format!(
                    "M{x} {y}H{}Q{turn} {y} {turn} {}V{}Q{turn} {door} {} {door}H{end}",
                    turn - 6,
                    y - 6,
                    door + 6,
                    turn + 6
                ));
            }
        }
    }

    /// The failure lines that lead to a step. One line comes from other columns, and the rest join it.
    fn draw_failures(&self, target: usize, canvas: &mut Canvas) {
        let to = self.rect_of(target);
        let undo = self.lane.steps[target].kind == StepKind::RollBack;
        let along = self.regions.iter().find(|region| self.holds(region, target)).map(|region| region.strip.middle());
        let mut trunk = false;
        for (at, group) in self.lane.groups.iter().enumerate().filter(|(at, _)| !stands_alone(self.lane, *at)) {
            let right = self.column_x(self.columns[at]) + COLUMN;
            let leads = |step: &usize| self.lane.steps[*step].on_failure.contains(&target);
            let from: Vec<_> = group.steps.iter().filter(|step| leads(step)).map(|step| self.rect_of(*step)).collect();
            let roll_back = group.roll_back.filter(leads).map(|step| self.rect_of(step));
            let track = right - if group.roll_back.is_some() && !undo { FAR } else { NEAR };
            let here = to.right() < right && right - COLUMN < to.x;
            let middle = |rect: Rect| rect.x + rect.w / 2;
            // Where the line leaves the column, and in which direction.
            let mut ways = Vec::new();
            ways.extend(from.first().map(|rect| (format!("M{} {}H{track}", rect.right(), rect.middle()), true)));
            ways.extend(roll_back.map(|rect| (format!("M{} {}", middle(rect), rect.bottom()), false)));
            for (start, on_track) in ways {
                match along.filter(|_| !here) {
                    None if on_track => canvas.fail_to(&format!("{start}V{}H{}", to.middle(), to.right() + 1)),
                    None => canvas.fail_to(&format!("{start}V{}", to.y - 1)),
                    Some(y) if trunk => canvas.fail(&format!("{start}V{y}")),
                    Some(y) => {
                        canvas.fail_to(&format!("{start}{}", self.way_along(target, y)));
                        trunk = true;
                    }
                }
            }
            for rect in from.iter().skip(1) {
                canvas.fail(&format!("M{} {}H{track}", rect.right(), rect.middle()));
            }
        }
    }

    /// A line from a column on the left to a step, along the middle of a strip.
    fn way_along(&self, target: usize, y: i32) -> String {
        let to = self.rect_of(target);
        if (to.y..to.bottom()).contains(&y) {
            return format!("V{y}H{}", to.x - 1);
        }
        let track = to.right() + RIGHT - NEAR;
        format!("V{y}H{track}V{}H{}", to.middle(), to.right() + 1)
    }

    fn holds(&self, region: &Region, step: usize) -> bool {
        region.groups.iter().any(|group| self.lane.groups[*group].steps.contains(&step))
    }
}

fn head(place: &Location, steps: usize) -> Vec<(super::canvas::Font, String)> {
    let room = COLUMN - 2 * LEFT;
    let note = match place {
        Location::Build if steps > 1 => Some(format!("{steps} images in parallel")),
        _ => place.note(),
    };
    let names = wrap(place.name(), PLACE.size, true, room - 22).into_iter().map(|line| (PLACE, line));
    names.chain(note.iter().flat_map(|note| broken(NOTE, note, room))).collect()
}

fn head_height(place: &Location, steps: usize) -> i32 {
    10 + head(place, steps).iter().map(|(font, _)| font.line).sum::<i32>() + 10
}
