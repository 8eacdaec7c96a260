//! Connected components with their sizes.

use super::Mask;

/// Which pixels count as neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Connectivity {
    /// Left, right, up and down.
    Four,
    /// Diagonals too.
    Eight,
}

/// The measures of one component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Component {
    /// Number of pixels.
    pub(crate) area: usize,
    /// First column.
    pub(crate) left: usize,
    /// First row.
    pub(crate) top: usize,
    /// Last column.
    pub(crate) right: usize,
    /// Last row.
    pub(crate) bottom: usize,
}

/// The connected components of a mask.
#[derive(Clone, Debug)]
pub(crate) struct Components {
    /// For every pixel, row-major: zero where the mask is not set, else one more than the index in `list`.
    pub(crate) labels: Vec<u32>,
    /// The components, in the order of their first pixel.
    pub(crate) list: Vec<Component>,
    width: usize,
    height: usize,
}

impl Components {
    /// Labels the components of the mask.
    pub(crate) fn of(mask: &Mask, connectivity: Connectivity) -> Self {
        let mut labels = vec![0_u32; mask.data.len()];
        let mut parents: Vec<u32> = vec![0];
        for y in 0..mask.height {
            for x in 0..mask.width {
                let index = y * mask.width + x;
                if !mask.data[index] {
                    continue;
                }
                let mut label = 0;
                let mut join = |neighbour: u32| {
                    if neighbour == 0 || neighbour == label {
                        return;
                    }
                    label = if label == 0 { neighbour } else { unite(&mut parents, label, neighbour) };
                };
                if x > 0 {
                    join(labels[index - 1]);
                }
                if y > 0 {
                    let above = index - mask.width;
                    join(labels[above]);
                    if connectivity == Connectivity::Eight {
                        if x > 0 {
                            join(labels[above - 1]);
                        }
                        if x + 1 < mask.width {
                            join(labels[above + 1]);
                        }
                    }
                }
                if label == 0 {
                    label = parents.len() as u32;
                    parents.push(label);
                }
                labels[index] = label;
            }
        }
        Self::measure(labels, &mut parents, mask)
    }

    /// Renumbers the provisional labels in the order of first appearance and measures each component.
    fn measure(mut labels: Vec<u32>, parents: &mut [u32], mask: &Mask) -> Self {
        let mut number = vec![0_u32; parents.len()];
        let mut list: Vec<Component> = Vec::new();
        for (index, label) in labels.iter_mut().enumerate() {
            if *label == 0 {
                continue;
            }
            let (x, y) = (index % mask.width, index / mask.width);
            let root = find(parents, *label) as usize;
            if number[root] == 0 {
                list.push(Component { area: 0, left: x, top: y, right: x, bottom: y });
                number[root] = list.len() as u32;
            }
            *label = number[root];
            let component = &mut list[number[root] as usize - 1];
            component.area += 1;
            component.left = component.left.min(x);
            component.right = component.right.max(x);
            component.bottom = y;
        }
        Self { labels, list, width: mask.width, height: mask.height }
    }

    /// The index of the component with the most pixels.
    pub(crate) fn largest(&self) -> Option<usize> {
        (0..self.list.len()).max_by_key(|&i| self.list[i].area)
    }

    /// The component with that index as a mask.
    pub(crate) fn mask_of(&self, index: usize) -> Mask {
        let label = index as u32 + 1;
        Mask { width: self.width, height: self.height, data: self.labels.iter().map(|&l| l == label).collect() }
    }
}

fn find(parents: &mut [u32], label: u32) -> u32 {
    let mut at = label;
    while parents[at as usize] != at {
        // Halving the path keeps later look-ups short.
        let grandparent = parents[parents[at as usize] as usize];
        parents[at as usize] = grandparent;
        at = grandparent;
    }
    at
}

fn unite(parents: &mut [u32], one: u32, other: u32) -> u32 {
    let (one, other) = (find(parents, one), find(parents, other));
    let (low, high) = (one.min(other), one.max(other));
    parents[high as usize] = low;
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(rows: &[&str]) -> Mask {
        Mask::from_fn(rows[0].len(), rows.len(), |x, y| rows[y].as_bytes()[x] == b'#')
    }

    #[test]
    fn diagonal_neighbours_join_only_in_the_eight_neighbourhood() {
        let mask = picture(&["##..", "..#.", "..#."]);
        assert_eq!(Components::of(&mask, Connectivity::Four).list.len(), 2);
        assert_eq!(Components::of(&mask, Connectivity::Eight).list.len(), 1);
    }

    #[test]
    fn arms_that_meet_further_down_are_one_component() {
        let mask = picture(&["#.#.#", "#.#.#", "#####", ".....", "#...."]);
        let components = Components::of(&mask, Connectivity::Four);
        assert_eq!(components.list.len(), 2);
        let whole = Component { area: 11, left: 0, top: 0, right: 4, bottom: 2 };
        assert_eq!(components.list[0], whole);
        assert_eq!(components.largest(), Some(0));
        assert_eq!(components.mask_of(1).count(), 1);
    }

    #[test]
    fn an_empty_mask_has_no_components() {
        let components = Components::of(&Mask::new(4, 4), Connectivity::Eight);
        assert!(components.list.is_empty() && components.largest().is_none());
    }
}
