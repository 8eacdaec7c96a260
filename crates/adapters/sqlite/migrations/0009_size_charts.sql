-- A garment's sizes and the body measurements each is made for, as JSON.
ALTER TABLE clothing ADD COLUMN size_chart TEXT;
