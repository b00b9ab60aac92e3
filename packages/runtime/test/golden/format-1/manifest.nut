nuthatch-manifest 1 c7d8cc88 688
{
 "uuid": "6d54026f415855de13a1678b256dd659",
 "incarnation": 1,
 "epoch": 1,
 "pages": [
  {
   "number": 1,
   "firstSeq": 1,
   "codecId": 0,
   "sealed": {
    "byteCount": 4658,
    "lastSeq": 5,
    "chain": "e77ebdff33736ff59e705a69094bffab"
   }
  },
  {
   "number": 2,
   "firstSeq": 6,
   "codecId": 0,
   "sealed": {
    "byteCount": 6395,
    "lastSeq": 9,
    "chain": "f886e535d31a033e7e5217786f915d2e"
   }
  },
  {
   "number": 3,
   "firstSeq": 10,
   "codecId": 0
  }
 ],
 "snapshot": null,
 "previousSnapshot": null,
 "salvaged": [],
 "lastModelId": 2,
 "clean": {
  "page": 3,
  "byteCount": 2700,
  "lastSeq": 11,
  "chain": "5c7e376f96b0b2b1eba320d645f0be23"
 }
}
