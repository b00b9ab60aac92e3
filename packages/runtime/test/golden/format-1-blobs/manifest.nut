nuthatch-manifest 1 b467ab6f 517
{
 "uuid": "e6388d8cc66c8fabb28464aa0f2ea257",
 "incarnation": 1,
 "epoch": 2,
 "pages": [
  {
   "number": 1,
   "firstSeq": 1,
   "codecId": 0,
   "sealed": {
    "byteCount": 5091,
    "lastSeq": 1,
    "chain": "9e409cc8b058e85896878ec593440e76"
   }
  },
  {
   "number": 2,
   "firstSeq": 2,
   "codecId": 2
  }
 ],
 "snapshot": null,
 "previousSnapshot": null,
 "salvaged": [],
 "lastModelId": 1,
 "clean": {
  "page": 2,
  "byteCount": 5086,
  "lastSeq": 2,
  "chain": "0a9da5e9bdd8bf831c0af43e3d258629"
 }
}
