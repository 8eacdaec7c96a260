-- How many garments of each category an account has, so that the total of a page needs no walk through a wardrobe of ten thousand.
-- Kept by triggers: whoever writes garments cannot forget it. A row of nothing is no row.
CREATE TABLE clothing_counts (
    user_id TEXT NOT NULL,
    category TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (user_id, category)
) STRICT, WITHOUT ROWID;

INSERT INTO clothing_counts (user_id, category, count) SELECT user_id, category, COUNT(*) FROM clothing GROUP BY user_id, category;

CREATE TRIGGER clothing_counts_insert AFTER INSERT ON clothing BEGIN
    INSERT INTO clothing_counts (user_id, category, count) VALUES (NEW.user_id, NEW.category, 1)
        ON CONFLICT (user_id, category) DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER clothing_counts_delete AFTER DELETE ON clothing BEGIN
    UPDATE clothing_counts SET count = count - 1 WHERE user_id = OLD.user_id AND category = OLD.category;
    DELETE FROM clothing_counts WHERE user_id = OLD.user_id AND category = OLD.category AND count = 0;
END;

CREATE TRIGGER clothing_counts_update AFTER UPDATE OF user_id, category ON clothing
WHEN OLD.category <> NEW.category OR OLD.user_id <> NEW.user_id BEGIN
    UPDATE clothing_counts SET count = count - 1 WHERE user_id = OLD.user_id AND category = OLD.category;
    DELETE FROM clothing_counts WHERE user_id = OLD.user_id AND category = OLD.category AND count = 0;
    INSERT INTO clothing_counts (user_id, category, count) VALUES (NEW.user_id, NEW.category, 1)
        ON CONFLICT (user_id, category) DO UPDATE SET count = count + 1;
END;
