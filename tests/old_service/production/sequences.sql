-- Where the old service stood with its ids.
SELECT setval('bakery_id_seq', 1), setval('feedstock_id_seq', 95), setval('reciperun_id_seq', 1568);
